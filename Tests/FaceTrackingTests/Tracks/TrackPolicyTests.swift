import FaceTracking
import Testing

/// How tracks begin, wait and end.
struct TrackPolicyTests {
    private let anna = Actor(1, at: SIMD2(200, 200))
    private let ben = Actor(2, at: SIMD2(500, 200))

    @Test func newFacesGetIdsInOrder() {
        var stage = Stage()
        let seen = stage.frame([anna, ben])
        #expect(
            seen == [1: .init(id: 1, certain: true, reported: true), 2: .init(id: 2, certain: true, reported: true)])
        #expect(stage.frames(50, [anna, ben]) == seen)
    }

    @Test func faceIsReportedOnceConfirmed() {
        var rules = TrackRules()
        rules.minHits = 3
        var stage = Stage(rules)
        #expect((0..<5).map { _ in stage.frame([anna])[1]?.reported } == [false, false, true, true, true])
        // One that goes before it is confirmed leaves nothing behind.
        stage.frame([anna, ben])
        stage.frame([anna])
        #expect(stage.policy.waiting.isEmpty)
    }

    @Test func trackFollowsItsMovingFace() {
        var stage = Stage()
        var anna = anna
        for _ in 0..<60 {
            anna.centre += SIMD2(9, 4)
            anna.size *= 1.01
            #expect(stage.frame([anna], detect: false || stage.time == 0)[1]?.id == 1)
        }
    }

    @Test func shortOcclusionKeepsTheIdWithoutDoubt() {
        var stage = Stage()
        stage.frames(30, [anna, ben])
        stage.frames(7, [ben])
        #expect(stage.policy.waiting == [1])
        #expect(stage.frame([anna, ben])[1] == .init(id: 1, certain: true, reported: true))
    }

    @Test func occlusionOfASecondKeepsTheIdOnceTheLookHasToldWhoItIs() {
        var stage = Stage()
        stage.frames(30, [anna, ben])
        stage.frames(22, [ben])
        let back = stage.frame([anna, ben])
        #expect(back[1] == .init(id: 1, certain: false, reported: true))
        #expect(back[2] == .init(id: 2, certain: true, reported: true))
        #expect(stage.frames(8, [anna, ben])[1] == .init(id: 1, certain: true, reported: true))
    }

    @Test func overdueTrackEnds() {
        var stage = Stage()
        stage.frames(30, [anna])
        stage.frames(24, [])
        #expect(stage.policy.waiting == [1])
        stage.frames(3, [])
        #expect(stage.policy.waiting.isEmpty)
    }

    @Test func strangerInTheSamePlaceIsSomebodyElse() {
        var stage = Stage()
        stage.frames(30, [anna])
        stage.frames(10, [])
        var carl = Actor(3, at: anna.centre)
        carl.size = 110
        let first = stage.frame([carl])
        #expect(first[3]?.id != 1)
        let settled = stage.frames(10, [carl])
        #expect(settled[3] == .init(id: 2, certain: true, reported: true))
    }

    @Test func faceFarAwayIsNotTheOneThatWaits() {
        var stage = Stage()
        stage.frames(30, [anna])
        stage.frames(3, [])
        var far = anna
        far.centre += SIMD2(700, 0)
        // The look says it is the same; until it has spoken, place says it cannot be.
        #expect(stage.frame([far])[1] == .init(id: 2, certain: false, reported: true))
        #expect(stage.frames(10, [far])[1] == .init(id: 1, certain: true, reported: true))
    }

    @Test func eightFacesAreFollowedAndTheNinthIsRefused() {
        var stage = Stage()
        let crowd = (0..<9).map { Actor($0 + 1, at: SIMD2(Float($0 % 3), Float($0 / 3)) * 300 + 200) }
        let seen = stage.frames(40, crowd)
        #expect(seen.keys.sorted() == Array(1...8))
        #expect(Set(seen.values.map(\.id)) == Set(1...8))
        #expect(seen.values.allSatisfy { $0.certain })
        // Room for it as soon as another is gone.
        var rest = crowd
        rest.remove(at: 2)
        #expect(stage.frames(60, rest)[9] == .init(id: 9, certain: true, reported: true))
    }

    @Test func secondSightingOfAFaceIsADuplicate() {
        var policy = TrackPolicy()
        func sighting(_ x: Float, source: Int? = nil) -> TrackSighting {
            TrackSighting(source: source, minimum: SIMD2(x, 0), maximum: SIMD2(x + 100, 100), signature: [])
        }
        var verdicts: [TrackVerdict] = []
        policy.update(time: 0, sightings: [sighting(0), sighting(10)], verdicts: &verdicts)
        #expect(verdicts == [.track(id: 1, certain: true, reported: true), .duplicate])
        policy.update(time: 0.04, sightings: [sighting(0, source: 1), sighting(20)], verdicts: &verdicts)
        #expect(verdicts == [.track(id: 1, certain: true, reported: true), .duplicate])
        policy.update(time: 0.08, sightings: [sighting(0), sighting(10, source: 1), sighting(90)], verdicts: &verdicts)
        #expect(
            verdicts == [
                .duplicate, .track(id: 1, certain: true, reported: true), .track(id: 2, certain: true, reported: true),
            ])
    }

    @Test func sightingThatContinuesNoKnownTrackIsNew() {
        var policy = TrackPolicy()
        var verdicts: [TrackVerdict] = []
        let sighting = TrackSighting(source: 77, minimum: .zero, maximum: SIMD2(9, 9), signature: [])
        policy.update(time: 0, sightings: [sighting], verdicts: &verdicts)
        #expect(verdicts == [.track(id: 1, certain: true, reported: true)])
    }

    @Test func breakOfTheStreamEndsTracksAndIdsGoOn() {
        var stage = Stage()
        stage.frames(30, [anna])
        stage.reset()
        stage.time = 0
        #expect(stage.frame([ben])[2]?.id == 2)
        #expect(stage.frames(10, [ben])[2] == .init(id: 2, certain: true, reported: true))
        // Who was there before the break is known again.
        #expect(stage.frames(10, [ben, anna])[1] == .init(id: 1, certain: true, reported: true))
    }

    @Test func timeThatRunsBackwardsStandsStill() {
        var stage = Stage()
        stage.frames(30, [anna])
        stage.time = 0.2
        #expect(stage.frames(3, [anna])[1]?.id == 1)
        stage.time = 0
        stage.frame([])
        #expect(stage.policy.waiting == [1])
    }

    @Test func anotherFaceInTheVeryPlaceIsAnotherPerson() {
        var stage = Stage()
        stage.frames(30, [anna])
        let carl = Actor(1, at: anna.centre, look: 3)
        let first = stage.frame([carl])[1]
        #expect(first?.id == 2 && first?.certain == false)
        #expect(stage.frames(20, [carl])[1] == .init(id: 2, certain: true, reported: true))
        // And back: the film goes to and fro between the two.
        #expect(stage.frame([anna])[1]?.id == 1)
        #expect(stage.frame([carl])[1]?.id == 2)
    }

    @Test func whoIsThereBehindABreakIsKnownAtTheFirstGlance() {
        var stage = Stage()
        stage.frames(30, [anna, ben])
        stage.policy.reset()
        var moved = anna
        moved.centre += SIMD2(150, 30)
        let back = stage.frame([moved, ben])
        #expect(back[1]?.id == 1 && back[2]?.id == 2)
        let carl = Actor(1, at: anna.centre, look: 3)
        stage.policy.reset()
        #expect(stage.frame([carl])[1]?.id == 3)
    }

    @Test func aFaceWithinAFaceIsPartOfIt() {
        var policy = TrackPolicy()
        var verdicts: [TrackVerdict] = []
        let whole = TrackSighting(
            source: nil, minimum: SIMD2(100, 100), maximum: SIMD2(300, 300), signature: [], presence: 0.99)
        let part = TrackSighting(
            source: nil, minimum: SIMD2(150, 160), maximum: SIMD2(240, 250), signature: [], presence: 0.8)
        policy.update(time: 0, sightings: [part, whole], verdicts: &verdicts)
        #expect(verdicts == [.duplicate, .track(id: 1, certain: true, reported: true)])
        let beside = TrackSighting(
            source: nil, minimum: SIMD2(280, 100), maximum: SIMD2(380, 200), signature: [], presence: 0.8)
        policy.update(time: 0.04, sightings: [whole, beside], verdicts: &verdicts)
        #expect(!verdicts.contains(.duplicate))
    }
}
