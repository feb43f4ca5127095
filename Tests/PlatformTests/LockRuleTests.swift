import Platform
import TestSupport
import Testing

/// What debug builds check of every lock; release builds have nothing of it, unless they are made with LOCK_RULE.
struct LockRuleTests {
    @Test func locksOneAfterTheOtherAreFine() {
        let first = Monitor(1)
        let second = Guarded(2)
        let sum = second.withLock { $0 } + first.withLock { $0 }
        #expect(sum == 3)
        #expect(first.wait(until: nil) { $0 } == 1)
        LockRule.mustHoldNone("nothing is held any more")
    }

    /// The rule sees `Monitor` and `Guarded`, and no other lock.
    @Test func thereIsNoOtherLock() throws {
        let script =
            "cd \(Paths.package)/Sources && grep -rlE 'Mutex[<(]|pthread_mutex|pthread_rwlock|NSLock' . || true"
        let files = String(decoding: try Command.run("sh", "-c", script), as: UTF8.self).split(separator: "\n")
        // The console's is tried, too, by who ends the program at once and waits for nobody.
        let others = files.filter { !$0.hasPrefix("./Platform/Concurrency/") && $0 != "./Batch/Progress/Console.swift" }
        #expect(!files.isEmpty && others.isEmpty, "\(others)")
    }

    #if DEBUG || LOCK_RULE
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
