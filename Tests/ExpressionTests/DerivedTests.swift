import Faces
import Testing

@testable import Expression

/// Valence and arousal by their formula.
struct DerivedTests {
    private static let units = DerivedMeter.units + ["AU28"]
    private static let emotions = [
        "neutral", "happiness", "sadness", "anger", "disgust", "fear", "surprise", "contempt",
    ]

    private func meter() -> DerivedMeter { DerivedMeter(au: Self.units, emotions: Self.emotions) }

    private func face(_ intensities: [String: Float] = [:], _ emotions: [String: Float] = [:], track: Int = 1) -> Face {
        var face = Face()
        face.track = track
        face.au = Self.units.map { intensities[$0] ?? 0 }
        face.emotions = Self.emotions.map { emotions[$0] ?? 0 }
        return face
    }

    @Test func valenceIsHappinessLessTheStrongestNegativeEmotion() {
        var meter = meter()
        func valence(_ emotions: [String: Float]) -> Float {
            meter.update(face([:], emotions), pts: 0, epoch: 0).valence
        }
        #expect(valence(["happiness": 0.75, "anger": 0.125, "fear": 0.0625]) == 0.625)
        #expect(valence(["disgust": 0.5, "sadness": 0.25]) == -0.5)
        #expect(valence(["surprise": 1]) == 0)
        #expect(valence(["contempt": 1]) == 0)
        var without = DerivedMeter(au: Self.units, emotions: ["neutral"])
        #expect(without.update(face(), pts: 0, epoch: 0).valence.isNaN)
    }

    @Test func arousalIsTheMeanOfTheFiveLargestActivationsBeyondTheirOwnMean() {
        var meter = meter()
        // Nine frames at rest, and one with six units of 5, 4, 3, 2.5, 2 and 1: each mean is a tenth of it.
        for frame in 0..<9 { _ = meter.update(face(), pts: Double(frame) / 10, epoch: 0) }
        let shown: [String: Float] = ["AU01": 5, "AU02": 4, "AU12": 3, "AU25": 2.5, "AU26": 2, "AU06": 1, "AU28": 5]
        let arousal = meter.update(face(shown), pts: 0.9, epoch: 0).arousal
        #expect(abs(arousal - 0.9 * (5 + 4 + 3 + 2.5 + 2) / 25) < 1e-5)
    }

    @Test func whatAFaceAlwaysShowsIsNoArousal() {
        var meter = meter()
        var arousal: Float = 1
        for frame in 0..<100 {
            arousal = meter.update(face(["AU12": 3, "AU25": 4, "AU04": 2]), pts: Double(frame) / 10, epoch: 0).arousal
        }
        #expect(arousal < 1e-5)
    }

    @Test func openingEyesArouseAndClosingOnesDoNot() {
        var meter = meter()
        for frame in 0..<50 { _ = meter.update(face(["AU43": 5]), pts: Double(frame) / 10, epoch: 0) }
        #expect(meter.update(face(), pts: 5, epoch: 0).arousal > 0.15)
        var other = self.meter()
        for frame in 0..<50 { _ = other.update(face(), pts: Double(frame) / 10, epoch: 0) }
        #expect(other.update(face(["AU43": 5]), pts: 5, epoch: 0).arousal < 1e-5)
    }

    @Test func theMeanReachesBackSixtySeconds() {
        var meter = meter()
        for second in 0..<30 { _ = meter.update(face(["AU12": 5]), pts: Double(second), epoch: 0) }
        for second in 30..<89 { _ = meter.update(face(), pts: Double(second), epoch: 0) }
        // At 89 s the smile's last second is 60 s ago: nothing of it counts any more, and its return is all new but for this frame.
        let arousal = meter.update(face(["AU12": 5]), pts: 89, epoch: 0).arousal
        #expect(abs(arousal - (1 - 1 / Float(60)) / 5) < 1e-4)
    }

    @Test func facesHaveMeansOfTheirOwnAndANewEpochBeginsAnew() {
        var meter = meter()
        for frame in 0..<10 {
            _ = meter.update(face(["AU12": 5], track: 1), pts: Double(frame), epoch: 0)
            _ = meter.update(face(track: 2), pts: Double(frame), epoch: 0)
        }
        #expect(meter.update(face(["AU12": 5], track: 1), pts: 10, epoch: 0).arousal < 1e-5)
        #expect(meter.update(face(["AU12": 5], track: 2), pts: 10, epoch: 0).arousal > 0.15)
        // A mean of one frame is the frame.
        #expect(meter.update(face(["AU12": 5], track: 2), pts: 0, epoch: 1).arousal == 0)
    }

    @Test func unitsThatCannotBeSeenAreLeftOut() {
        var meter = meter()
        var hidden = face()
        hidden.au = hidden.au.map { _ in Float.nan }
        #expect(meter.update(hidden, pts: 0, epoch: 0).arousal.isNaN)
        for unit in 0..<4 { hidden.au[unit] = 1 }
        #expect(meter.update(hidden, pts: 1, epoch: 0).arousal.isNaN)
        hidden.au[4] = 1
        #expect(meter.update(hidden, pts: 2, epoch: 0).arousal >= 0)
    }

    @Test func thousandsOfFacesOneAfterTheOtherTakeFewPlaces() {
        var meter = meter()
        for track in 0..<2_000 { _ = meter.update(face(track: track), pts: Double(track), epoch: 0) }
        #expect(meter.places <= 62)
    }
}
