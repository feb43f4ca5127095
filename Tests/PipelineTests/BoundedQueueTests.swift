import Dispatch
import Media
import Pipeline
import Synchronization
import Testing

struct BoundedQueueTests {
    @Test func elementsComeOutInOrder() {
        let queue = BoundedQueue<Int>(capacity: 3, policy: .block)
        for element in 1...3 { #expect(queue.push(element) == .queued) }
        #expect((0..<3).compactMap { _ in queue.pop()?.element } == [1, 2, 3])
        #expect(queue.pop() == nil)
        #expect(queue.counters.highWater == 3)
        #expect(queue.counters.depth == 0)
    }

    @Test func dropOldestKeepsTheNewestAndTellsTheLossWithTheNext() {
        let queue = BoundedQueue<Int>(capacity: 2, policy: .dropOldest)
        let results = (1...5).map { queue.push($0) }
        #expect(results == [.queued, .queued, .droppedOldest, .droppedOldest, .droppedOldest])
        #expect(queue.pop()! == (4, 3))
        #expect(queue.pop()! == (5, 0))
        #expect(queue.counters.overflowed == 3)
        #expect(queue.counters.pushed == 5)
    }

    @Test func lossesOfDroppedElementsAreHandedOn() {
        let queue = BoundedQueue<Int>(capacity: 1, policy: .dropOldest)
        queue.push(1, lostBefore: FrameLoss(thinned: 2))
        queue.push(2, lostBefore: FrameLoss(undecoded: 1))
        queue.push(3, lostBefore: FrameLoss(thinned: 1, missing: 3))
        // 2 before the first, the first, 1 before the second, the second, 4 before the third.
        #expect(
            queue.take()! == (3, QueueLoss(handedOn: FrameLoss(thinned: 3, undecoded: 1, missing: 3), overflowed: 2)))
    }

    @Test func dropNewestKeepsTheOldestAndTellsTheLossLater() {
        let queue = BoundedQueue<Int>(capacity: 2, policy: .dropNewest)
        #expect((1...4).map { queue.push($0) } == [.queued, .queued, .droppedNewest, .droppedNewest])
        #expect(queue.pop()! == (1, 0))
        queue.push(5)
        #expect(queue.pop()! == (2, 0))
        #expect(queue.pop()! == (5, 2))
    }

    @Test func everyElementComesOutOrIsToldAsLost() {
        var random = SystemRandomNumberGenerator()
        for policy in [QueuePolicy.dropOldest, .dropNewest] {
            let queue = BoundedQueue<Int>(capacity: 3, policy: policy)
            var told = 0
            var out: [Int] = []
            for element in 0..<1000 {
                queue.push(element)
                for _ in 0..<Int.random(in: 0...1, using: &random) {
                    guard let (element, lost) = queue.pop() else { continue }
                    out.append(element)
                    told += lost
                }
            }
            // One more push gives the queue a place to tell what is still pending.
            while let (element, lost) = queue.pop() {
                out.append(element)
                told += lost
            }
            queue.push(1000)
            let last = queue.pop()!
            #expect(last.element == 1000)
            #expect(out == out.sorted())
            #expect(out.count + told + last.lostBefore == 1000)
        }
    }

    @Test func aBlockedProducerGoesOnWhenThereIsRoom() {
        let queue = BoundedQueue<Int>(capacity: 1, policy: .block)
        let done = DispatchSemaphore(value: 0)
        DispatchQueue(label: "producer").async {
            for element in 0..<1000 { queue.push(element) }
            done.signal()
        }
        var next = 0
        while next < 1000 {
            guard let (element, lost) = queue.pop() else { continue }
            #expect(element == next && lost == 0)
            next += 1
        }
        #expect(done.wait(timeout: .now() + 10) == .success)
        #expect(queue.counters.overflowed == 0)
    }

    @Test func aPatientProducerWaitsForRoomAndDropsOnlyThen() {
        let queue = BoundedQueue<Int>(capacity: 1, policy: .dropOldest)
        queue.push(1)
        DispatchQueue(label: "consumer").async {
            while queue.counters.waits == 0 {}
            #expect(queue.pop()! == (1, 0))
        }
        #expect(queue.push(2, patience: 20_000_000_000) == .queued)
        let start = ContinuousClock.now
        #expect(queue.push(3, patience: 50_000_000) == .droppedOldest)
        #expect(ContinuousClock.now - start >= .milliseconds(50))
        #expect(queue.take()! == (3, QueueLoss(overflowed: 1)))
    }

    @Test(arguments: [true, false])
    func closingEndsAProducersWait(discarding: Bool) {
        let queue = BoundedQueue<Int>(capacity: 1, policy: .block)
        queue.push(1)
        let result = Mutex<PushResult?>(nil)
        let done = DispatchSemaphore(value: 0)
        DispatchQueue(label: "producer").async {
            let pushed = queue.push(2)
            result.withLock { $0 = pushed }
            done.signal()
        }
        while queue.counters.waits == 0 {}
        queue.close(discarding: discarding)
        #expect(done.wait(timeout: .now() + 10) == .success)
        #expect(result.withLock { $0 } == .closed)
        #expect(queue.pop()?.element == (discarding ? nil : 1))
        #expect(queue.isExhausted)
        #expect(queue.counters.discarded == (discarding ? 2 : 1))
    }
}
