import Dispatch
import Inference
import Synchronization
import Testing

/// What is dear to make goes from owner to owner.
struct IdlePoolTests {
    private final class Thing: Sendable {
        let isHeld = Atomic(false)
    }

    @Test func whatIsGivenBackIsTakenByTheNext() {
        let pool = IdlePool<Int, Thing>()
        #expect(pool.take(1) == nil)
        let thing = Thing()
        pool.giveBack(thing, 1)
        #expect(pool.take(2) == nil)
        #expect(pool.take(1) === thing)
        #expect(pool.take(1) == nil)
    }

    @Test func oneOfEachKindIsKept() {
        let pool = IdlePool<Int, Thing>()
        weak let second: Thing?
        do {
            let (first, other) = (Thing(), Thing())
            second = other
            pool.giveBack(first, 1)
            pool.giveBack(other, 1)
            pool.giveBack(Thing(), 2)
        }
        #expect(pool.count == 2)
        #expect(second == nil)
    }

    @Test func twoNeverHoldTheSame() {
        let pool = IdlePool<Int, Thing>()
        let clashes = Atomic(0)
        DispatchQueue.concurrentPerform(iterations: 4) { _ in
            for _ in 0..<5000 {
                let thing = pool.take(1) ?? Thing()
                if thing.isHeld.exchange(true, ordering: .acquiringAndReleasing) {
                    clashes.add(1, ordering: .relaxed)
                }
                thing.isHeld.store(false, ordering: .releasing)
                pool.giveBack(thing, 1)
            }
        }
        #expect(clashes.load(ordering: .relaxed) == 0)
        #expect(pool.count == 1)
    }
}
