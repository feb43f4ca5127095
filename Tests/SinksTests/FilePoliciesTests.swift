import Sinks
import Testing

struct FilePoliciesTests {
    @Test func aFileIsRotatedBeforeItWouldGrowBeyondTheLimit() {
        var policy = RotationPolicy(limits: RotationLimits(bytes: 100))
        policy.opened(size: 0, modified: 0)
        #expect(!policy.mustRotate(before: 500, wall: 0), "an empty file takes any line")
        policy.wrote(60, wall: 0)
        #expect(!policy.mustRotate(before: 40, wall: 0))
        #expect(policy.mustRotate(before: 41, wall: 0))
        #expect(policy.room == 40)
        policy.resized(to: 0)
        #expect(!policy.mustRotate(before: 41, wall: 0))
    }

    @Test func aFileIsRotatedWhenThePeriodOfItsNewestLineIsOver() {
        var policy = RotationPolicy(limits: RotationLimits(period: .seconds(86_400)))
        policy.opened(size: 10, modified: 86_399)
        #expect(!policy.mustRotate(before: 1, wall: 86_399))
        #expect(policy.mustRotate(before: 1, wall: 86_400))
        policy.opened(size: 0, modified: 0)
        #expect(!policy.mustRotate(before: 1, wall: 200_000), "an empty file belongs to no period")
        policy.wrote(1, wall: 200_000)
        #expect(!policy.mustRotate(before: 1, wall: 100_000), "a clock that is set back rotates nothing")
        #expect(policy.mustRotate(before: 1, wall: 259_200))
        #expect(policy.room == nil)
    }

    @Test func linesAreHeldForTheIntervalOrUntilThereAreMany() {
        var policy = FlushPolicy(interval: .seconds(1), threshold: 100)
        #expect(policy.deadline == nil && !policy.isDue(at: .seconds(100)))
        policy.added(10, at: .seconds(5))
        policy.added(10, at: .milliseconds(5_900))
        #expect(policy.deadline == .seconds(6), "the oldest line counts")
        #expect(!policy.isDue(at: .milliseconds(5_999)) && policy.isDue(at: .seconds(6)))
        policy.added(80, at: .milliseconds(5_950))
        #expect(policy.isDue(at: .milliseconds(5_950)))
        policy.taken()
        #expect(policy.deadline == nil && !policy.isDue(at: .seconds(9)))
    }

    @Test func pausesBetweenAttemptsDoubleUpToThirtySeconds() {
        var policy = RetryPolicy()
        #expect(policy.mayTry(at: .zero))
        var now = Duration.zero
        var pauses: [Duration] = []
        for _ in 0..<12 {
            policy.failed(at: now)
            #expect(!policy.mayTry(at: now))
            pauses.append(policy.deadline! - now)
            now = policy.deadline!
            #expect(policy.mayTry(at: now))
        }
        #expect(pauses.prefix(4) == [.milliseconds(100), .milliseconds(200), .milliseconds(400), .milliseconds(800)])
        #expect(pauses.last == .seconds(30))
        policy.succeeded()
        #expect(policy.deadline == nil && policy.mayTry(at: now))
        policy.failed(at: now)
        #expect(policy.deadline == now + .milliseconds(100))
    }
}
