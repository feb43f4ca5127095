internal import DequeModule
internal import Dispatch
public import Media
internal import Platform

/// A queue of fixed capacity between one producer and one consumer, in order.
///
/// Each element carries how many were lost just before it, so that a loss is told by the next element that gets through:
/// the losses that the producer states, and those of the queue's own policy. A producer waits with the policy `block`, or for as long as
/// it says it can; `pop` never does.
public final class BoundedQueue<Element: Sendable>: Sendable {
    fileprivate struct Entry: Sendable {
        var element: Element
        var lostBefore: QueueLoss
    }

    fileprivate struct State: ~Copyable {
        var policy: QueuePolicy
        var entries: RigidDeque<Entry>
        var counters: QueueCounters
        /// Losses that no element stands behind yet.
        var pendingLoss = QueueLoss()
        var isClosed = false
        var isProducerWaiting = false
    }

    private let state: Guarded<State>
    private let room = DispatchSemaphore(value: 0)

    /// Makes an empty queue.
    ///
    /// - Precondition: `capacity` is at least 1.
    public init(capacity: Int, policy: QueuePolicy) {
        precondition(capacity > 0, "a queue needs room for an element")
        state = Guarded(
            State(
                policy: policy, entries: RigidDeque(capacity: capacity), counters: QueueCounters(capacity: capacity)))
    }

    /// What a full queue does.
    public var policy: QueuePolicy { state.withLock { $0.policy } }

    /// Becomes a queue of another kind, for when it is known late what it is to carry.
    ///
    /// - Precondition: nothing was pushed yet.
    public func change(capacity: Int, policy: QueuePolicy) {
        precondition(capacity > 0, "a queue needs room for an element")
        state.withLock { state in
            precondition(state.counters.pushed == 0, "a queue in use stays what it is")
            state.policy = policy
            state.entries.reallocate(capacity: capacity)
            state.counters.capacity = capacity
        }
    }

    /// Adds an element. With the policy `block` it waits for room; a closing queue ends the wait.
    ///
    /// - Parameters:
    ///   - lostBefore: elements that were lost between the one pushed before and this one.
    ///   - patience: nanoseconds for which a full queue is waited for before its policy drops something. The policy `block` waits for ever.
    @discardableResult
    public func push(_ element: Element, lostBefore: FrameLoss = FrameLoss(), patience: Int64 = 0) -> PushResult {
        let entry = Entry(element: element, lostBefore: QueueLoss(handedOn: lostBefore))
        let deadline = patience > 0 ? DispatchTime.now() + .nanoseconds(Int(patience)) : nil
        var (hasWaited, mayWait) = (false, deadline != nil)
        while true {
            if let result = tryPush(entry, hasWaited: hasWaited, mayWait: mayWait) { return result }
            hasWaited = true
            if let deadline, policy != .block {
                mayWait = room.wait(timeout: deadline) == .success
            } else {
                room.wait()
            }
        }
    }

    /// Nil when the producer has to wait.
    private func tryPush(_ entry: Entry, hasWaited: Bool, mayWait: Bool) -> PushResult? {
        let (result, dropped) = state.withLock { state -> (PushResult?, Entry?) in
            if !hasWaited { state.counters.pushed += 1 }
            guard !state.isClosed else {
                state.counters.discarded += 1
                return (.closed, nil)
            }
            guard state.entries.isFull else {
                state.append(entry)
                return (.queued, nil)
            }
            switch state.policy {
            case .block,
                _ where mayWait:
                if !hasWaited { state.counters.waits += 1 }
                state.isProducerWaiting = true
                return (nil, nil)
            case .dropNewest:
                state.counters.overflowed += 1
                state.pendingLoss += entry.lostBefore.withOneMore
                return (.droppedNewest, nil)
            case .dropOldest:
                let oldest = state.entries.removeFirst()
                state.counters.overflowed += 1
                let loss = oldest.lostBefore.withOneMore
                if state.entries.isEmpty {
                    state.pendingLoss += loss
                } else {
                    state.entries[0].lostBefore += loss
                }
                state.append(entry)
                return (.droppedOldest, oldest)
            }
        }
        // As in `close`: an element may own much, and take other locks when it goes.
        withExtendedLifetime(dropped) {}
        return result
    }

    /// Takes the oldest element out, and how many were lost before it; nil when none waits.
    public func pop() -> (element: Element, lostBefore: Int)? {
        take().map { ($0.element, $0.loss.total) }
    }

    /// Takes the oldest element out, and what was lost before it, by cause; nil when none waits.
    public func take() -> (element: Element, loss: QueueLoss)? {
        let (entry, mustWake) = state.withLock { state -> (Entry?, Bool) in
            guard !state.entries.isEmpty else { return (nil, false) }
            let entry = state.entries.removeFirst()
            state.counters.popped += 1
            state.counters.depth = state.entries.count
            let mustWake = state.isProducerWaiting
            state.isProducerWaiting = false
            return (entry, mustWake)
        }
        if mustWake { room.signal() }
        return entry.map { ($0.element, $0.lostBefore) }
    }

    /// Whether a push would neither wait nor drop. With one producer the answer stays true until it pushes.
    public var hasRoom: Bool { state.withLock { !$0.entries.isFull } }

    /// Whether the queue is closed and empty: nothing will ever come out again.
    public var isExhausted: Bool { state.withLock { $0.isClosed && $0.entries.isEmpty } }

    /// Takes no more elements.
    ///
    /// - Parameter discarding: whether those that wait are thrown away; otherwise they can still be taken out.
    public func close(discarding: Bool = false) {
        let (dropped, mustWake) = state.withLock { state -> ([Entry], Bool) in
            state.isClosed = true
            var dropped: [Entry] = []
            if discarding {
                while !state.entries.isEmpty { dropped.append(state.entries.removeFirst()) }
                state.counters.discarded += dropped.count
                state.counters.depth = 0
            }
            let mustWake = state.isProducerWaiting
            state.isProducerWaiting = false
            return (dropped, mustWake)
        }
        if mustWake { room.signal() }
        // Elements may own much: they go after the lock was given back.
        withExtendedLifetime(dropped) {}
    }

    /// How the queue does.
    public var counters: QueueCounters { state.withLock { $0.counters } }
}

extension BoundedQueue.State {
    fileprivate mutating func append(_ entry: BoundedQueue.Entry) {
        var entry = entry
        entry.lostBefore += pendingLoss
        pendingLoss = QueueLoss()
        entries.append(entry)
        counters.depth = entries.count
        counters.highWater = max(counters.highWater, entries.count)
    }
}
