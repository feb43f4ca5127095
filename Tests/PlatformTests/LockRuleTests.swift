import Platform
import Testing

/// What debug builds check of every lock; release builds have nothing of it.
struct LockRuleTests {
    @Test func locksOneAfterTheOtherAreFine() {
        let first = Monitor(1)
        let second = Guarded(2)
        let sum = second.withLock { $0 } + first.withLock { $0 }
        #expect(sum == 3)
        #expect(first.wait(until: nil) { $0 } == 1)
        LockRule.mustHoldNone("nothing is held any more")
    }

    #if DEBUG
        @Test func nestingEndsTheProgram() async {
            await #expect(processExitsWith: .failure) {
                let first = Monitor(1)
                let second = Guarded(2)
                first.withLock { _ in second.withLock { _ in } }
            }
            await #expect(processExitsWith: .failure) {
                Guarded(1).withLock { _ in LockRule.mustHoldNone("a system call") }
            }
        }
    #endif
}
