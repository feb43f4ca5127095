import FaceTracking
import Faces
import SystemPackage
import TestSupport
import Testing

/// Quality falls as a picture gets worse, and only then.
struct FaceQualityTests {
    private static let size = 96
    private static let statistics = CropStatistics(mean: 120, deviation: 45, clipped: 0, sharpness: 0.2)
    private static let frontal = HeadPose(pitch: 0, yaw: 0, roll: 0)

    private func score(
        eyeDistance: Float = 60, statistics: CropStatistics = Self.statistics, pose: HeadPose = Self.frontal,
        presence: Float = 1
    ) -> Float {
        FaceQuality(eyeDistance: eyeDistance, statistics: statistics, pose: pose, presence: presence).score
    }

    /// Never rises along the series, reaches 0, and takes values between.
    private func expectFall(_ scores: [Float], sourceLocation: SourceLocation = #_sourceLocation) {
        #expect(zip(scores, scores.dropFirst()).allSatisfy { $0 >= $1 }, sourceLocation: sourceLocation)
        #expect(scores.first == 1 && scores.last == 0, sourceLocation: sourceLocation)
        #expect(Set(scores).count > 4, sourceLocation: sourceLocation)
    }

    @Test func goodFrameIsWorthOne() { #expect(score() == 1) }

    @Test func smallerFacesAreWorthLess() {
        expectFall(stride(from: Float(60), through: 4, by: -4).map { score(eyeDistance: $0) })
    }

    @Test func turnedFacesAreWorthLess() {
        for sign in [Float(1), -1] {
            expectFall(
                stride(from: Float(0), through: 80, by: 5).map {
                    score(pose: HeadPose(pitch: 0, yaw: sign * $0, roll: 0))
                })
            expectFall(
                stride(from: Float(0), through: 60, by: 5).map {
                    score(pose: HeadPose(pitch: sign * $0, yaw: 0, roll: 0))
                })
        }
        // Roll is undone by the crop.
        #expect(score(pose: HeadPose(pitch: 0, yaw: 0, roll: 60)) == 1)
    }

    @Test func doubtfulFacesAreWorthLess() {
        expectFall(stride(from: Float(1), through: 0.2, by: -0.05).map { score(presence: $0) })
    }

    @Test func whatIsNoNumberIsWorthNothing() {
        #expect(score(eyeDistance: .nan) == 0)
        #expect(score(presence: .nan) == 0)
        #expect(score(pose: HeadPose(pitch: .nan, yaw: 0, roll: 0)) == 0)
        let absent = CropStatistics(mean: .nan, deviation: .nan, clipped: 0, sharpness: .nan)
        #expect(score(statistics: absent) == 0)
    }

    /// The rendered face, read once.
    private func crop() throws -> [UInt8] {
        try File.read(Paths.fixtures.appending("alignment/turned.crop"))
    }

    private func statistics(_ crop: [UInt8]) -> CropStatistics {
        crop.withUnsafeBufferPointer { CropStatistics(crop: $0, size: Self.size) }
    }

    /// The mean of each pixel and its eight neighbours.
    private func blurred(_ crop: [UInt8]) -> [UInt8] {
        var output = crop
        for y in 1..<Self.size - 1 {
            for x in 1..<Self.size - 1 {
                var sum = 4
                for dy in -1...1 { for dx in -1...1 { sum += Int(crop[(y + dy) * Self.size + x + dx]) } }
                output[y * Self.size + x] = UInt8(sum / 9)
            }
        }
        return output
    }

    @Test func blurredFacesAreWorthLess() throws {
        var crop = try crop()
        var scores: [Float] = []
        var sharpness: [Float] = []
        for _ in 0..<14 {
            let statistics = statistics(crop)
            sharpness.append(statistics.sharpness)
            scores.append(score(statistics: statistics))
            crop = blurred(crop)
        }
        #expect(zip(sharpness, sharpness.dropFirst()).allSatisfy { $0 > $1 })
        #expect(zip(scores, scores.dropFirst()).allSatisfy { $0 >= $1 })
        #expect(scores[0] > 0.9)
        #expect((scores.last ?? 1) < 0.1)
    }

    @Test func sharpnessDoesNotDependOnExposure() throws {
        let crop = try crop()
        let dark = crop.map { UInt8(Float($0) * 0.6 + 0.5) }
        let (a, b) = (statistics(crop).sharpness, statistics(dark).sharpness)
        #expect(abs(a / b - 1) < 0.1)
    }

    @Test(arguments: [Float(-1), 1]) func wronglyExposedFacesAreWorthLess(direction: Float) throws {
        let crop = try crop()
        let scores = (0..<16).map { step -> Float in
            let shifted = crop.map { UInt8(min(max(Float($0) + direction * Float(step) * 14, 0), 255)) }
            return score(statistics: statistics(shifted))
        }
        // The face may be darker than the middle: a little light does no harm, more does.
        #expect(zip(scores, scores.dropFirst()).allSatisfy { $0 + 1e-6 >= $1 })
        #expect(scores[0] > 0.9)
        #expect(scores.last == 0)
    }

    @Test func faceWithoutContrastIsWorthLess() throws {
        let crop = try crop()
        let scores = [Float(1), 0.6, 0.4, 0.25, 0.1, 0].map { contrast in
            score(statistics: statistics(crop.map { UInt8(120 + (Float($0) - 120) * contrast) }))
        }
        #expect(zip(scores, scores.dropFirst()).allSatisfy { $0 >= $1 })
        #expect(scores.last == 0)
    }

    @Test func statisticsAreThoseOfTheMiddle() {
        var crop = [UInt8](repeating: 255, count: 24 * 24)
        for y in 4..<20 { for x in 4..<20 { crop[y * 24 + x] = x < 12 ? 100 : 140 } }
        let statistics = crop.withUnsafeBufferPointer { CropStatistics(crop: $0, size: 24) }
        #expect(statistics.mean == 120)
        #expect(statistics.deviation == 20)
        #expect(statistics.clipped == 0)
        let black = [UInt8](repeating: 0, count: 24 * 24)
        let none = black.withUnsafeBufferPointer { CropStatistics(crop: $0, size: 24) }
        #expect(none == CropStatistics(mean: 0, deviation: 0, clipped: 1, sharpness: 0))
    }

    @Test func rampGoesFromZeroToOne() {
        #expect([Float(-1), 0, 2, 3, 4, 9].map { ramp($0, from: 2, to: 4) } == [0, 0, 0, 0.5, 1, 1])
        #expect(ramp(.nan, from: 0, to: 1) == 0)
        #expect(ramp(.infinity, from: 0, to: 1) == 1)
    }
}
