import FaceTracking
import Testing

/// Who is who where an identity network tells it, which is asked now and then.
struct EmbeddingPolicyTests {
    private static var rules: TrackRules {
        var rules = TrackRules()
        rules.knowsPeople = true
        rules.signatureEvery = 8
        rules.jump = 0.35
        return rules
    }

    private var policy = TrackPolicy(rules: EmbeddingPolicyTests.rules)
    private var verdicts: [TrackVerdict] = []
    private var time = 0.0

    /// Embeddings of two people, 1.2 apart, and looks of two pictures.
    private static let people: [[Float]] = [[0.85, 0, 0], [0, 0.85, 0]]
    private static let looks: [[Float]] = [[1, 0], [0, 1]]

    /// Shows a face in one place.
    ///
    /// - Parameter person: whose embedding is given when the policy asks.
    /// - Returns: the track's id, whether it is certain, and whether the policy asked.
    @discardableResult
    private mutating func show(
        _ person: Int, look: Int = 0, source: Int?, isDetected: Bool = false
    ) -> (id: Int, certain: Bool, asked: Bool) {
        time += 0.04
        let look = Self.looks[look]
        let asked = policy.wantsSignature(source: source, look: look)
        policy.update(
            time: time,
            sightings: [
                TrackSighting(
                    source: source, minimum: SIMD2(100, 100), maximum: SIMD2(200, 200),
                    signature: asked ? Self.people[person] : [], look: look)
            ], verdicts: &verdicts)
        guard case .track(let id, let certain, _)? = verdicts.first else { return (-1, false, asked) }
        return (id, certain, asked)
    }

    @Test func aFaceBeyondDoubtIsAskedForNowAndThen() {
        var test = self
        #expect(test.show(0, source: nil).asked)
        var asked = 0
        for _ in 0..<100 where test.show(0, source: 1).asked { asked += 1 }
        #expect((12...20).contains(asked))
    }

    @Test func anotherFaceBehindACutHasAnotherId() {
        var test = self
        test.show(0, source: nil)
        for _ in 0..<50 { test.show(0, source: 1) }
        let first = test.show(1, look: 1, source: 1)
        #expect(first.asked && first.id == 2)
    }

    @Test func aJumpWithinOnePersonsFilmKeepsTheId() {
        var test = self
        test.show(0, source: nil)
        for _ in 0..<50 { test.show(0, source: 1) }
        let first = test.show(0, look: 1, source: 1)
        #expect(first.asked && first.id == 1 && first.certain)
    }

    /// A cross-fade: no frame looks otherwise than the one before.
    @Test func somebodyWhoComesGraduallyIsFoundWithinASecond() {
        var test = self
        test.show(0, source: nil)
        for _ in 0..<50 { test.show(0, source: 1) }
        var id = 1
        var frames = 0
        while id == 1, frames < 100 {
            let seen = test.show(1, source: id)
            // Until it is known who it is, nobody is told that it is the old one for sure.
            if seen.id == 1, frames > 8 { #expect(!seen.certain) }
            id = seen.id
            frames += 1
        }
        #expect(id == 2 && frames < 25)
        #expect(test.show(1, source: 2).certain)
    }

    @Test func whoWasThereBeforeTheFadeIsKnownAgain() {
        var test = self
        test.show(0, source: nil)
        for _ in 0..<50 { test.show(0, source: 1) }
        var id = 1
        for _ in 0..<50 { id = test.show(1, source: id).id }
        #expect(id == 2)
        for _ in 0..<50 { id = test.show(0, source: id).id }
        #expect(id == 1)
    }
}
