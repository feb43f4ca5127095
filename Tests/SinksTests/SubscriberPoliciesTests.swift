import Sinks
import Testing

struct SubscriberPoliciesTests {
    @Test func whoReadsNothingForTooLongIsOver() {
        var policy = ProgressPolicy(limit: .seconds(10))
        #expect(policy.deadline == nil && !policy.isOver(at: .seconds(1_000)), "nothing waits")
        policy.update(isWaiting: true, hasProgressed: false, at: .seconds(5))
        policy.update(isWaiting: true, hasProgressed: false, at: .seconds(9))
        #expect(policy.deadline == .seconds(15), "more lines are no progress")
        policy.update(isWaiting: true, hasProgressed: true, at: .seconds(12))
        #expect(!policy.isOver(at: .milliseconds(21_999)) && policy.isOver(at: .seconds(22)))
        policy.update(isWaiting: false, hasProgressed: true, at: .seconds(13))
        #expect(policy.deadline == nil)
        policy.update(isWaiting: true, hasProgressed: false, at: .seconds(100))
        #expect(policy.deadline == .seconds(110), "an idle time before does not count")
    }

    @Test func aBurstOfRequestsIsAllowedAndAFloodIsNot() {
        var policy = RequestPolicy()
        #expect((0..<20).allSatisfy { _ in policy.allows(at: .zero) })
        #expect(!told { policy.allows(at: .zero) })
        #expect(told { policy.allows(at: .milliseconds(101)) })
        #expect(!told { policy.allows(at: .milliseconds(101)) })
        #expect((0..<20).allSatisfy { _ in policy.allows(at: .seconds(60)) })
        #expect(!told { policy.allows(at: .seconds(60)) }, "the bucket does not grow beyond its size")
    }

    @Test func afterEightRefusalsTheSubscriberMustGo() {
        var policy = RequestPolicy()
        #expect((0..<7).allSatisfy { _ in policy.refused() })
        #expect(!told { policy.refused() })
    }

    @Test(arguments: [(30.0, 10.0), (30.0, 7.0), (25.0, 25.0), (15.0, 30.0), (29.97, 1.0)])
    func recordsAreThinnedEvenly(rate: Double, wanted: Double) {
        var policy = RatePolicy(rate: wanted)
        var given: [Double] = []
        for frame in 0..<Int(rate * 20) {
            let time = Double(frame) / rate
            if policy.allows(source: "a", at: .nanoseconds(Int64(time * 1e9))) { given.append(time) }
        }
        let expected = min(rate, wanted)
        #expect(abs(Double(given.count) - expected * 20) <= 2, "\(given.count) records")
        let gaps = zip(given, given.dropFirst()).map { $1 - $0 }
        #expect(gaps.max()! <= 1 / expected + 1.01 / rate)
    }

    @Test func sourcesAreThinnedEachByItself() {
        var policy = RatePolicy(rate: 1)
        #expect(told { policy.allows(source: "a", at: .zero) } && told { policy.allows(source: "b", at: .zero) })
        #expect(!told { policy.allows(source: "a", at: .milliseconds(500)) })
        #expect(told { policy.allows(source: "a", at: .seconds(1)) })
        #expect(told { policy.allows(source: "a", at: .seconds(100)) })
        #expect(!told { policy.allows(source: "a", at: .milliseconds(100_400)) }, "a pause is not made up for")
    }
}
