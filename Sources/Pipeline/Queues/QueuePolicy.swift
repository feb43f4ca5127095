public import Media

/// What a full queue does with one more element.
public enum QueuePolicy: Sendable, Equatable {
    /// The producer waits for room: nothing is lost. For files.
    case block
    /// The oldest element makes room: what waits is always the newest. For live sources.
    case dropOldest
    /// The new element is dropped: what waits keeps its place.
    case dropNewest
}

/// What became of an element that was pushed.
public enum PushResult: Sendable, Equatable {
    /// It waits in the queue.
    case queued
    /// It waits in the queue, and an older one was dropped for it.
    case droppedOldest
    /// It was dropped.
    case droppedNewest
    /// The queue takes nothing any more.
    case closed
}

/// What was lost before an element.
public struct QueueLoss: Sendable, Equatable {
    /// What the producer said was lost before it pushed.
    public var handedOn = FrameLoss()
    /// Elements that the full queue dropped.
    public var overflowed = 0

    /// A loss of its two parts.
    public init(handedOn: FrameLoss = FrameLoss(), overflowed: Int = 0) {
        self.handedOn = handedOn
        self.overflowed = overflowed
    }

    /// Everything that was lost.
    public var total: Int { handedOn.total + overflowed }

    /// This loss and one more element that the queue dropped.
    var withOneMore: QueueLoss { QueueLoss(handedOn: handedOn, overflowed: overflowed + 1) }

    static func += (left: inout QueueLoss, right: QueueLoss) {
        left.handedOn += right.handedOn
        left.overflowed += right.overflowed
    }
}

/// How a queue does.
public struct QueueCounters: Sendable, Equatable {
    /// Elements that fit in.
    public var capacity: Int
    /// Elements that wait now.
    public var depth = 0
    /// The most that ever waited.
    public var highWater = 0
    /// Elements that were pushed, the dropped ones included.
    public var pushed = 0
    /// Elements that were taken out.
    public var popped = 0
    /// Elements dropped because the queue was full.
    public var overflowed = 0
    /// Elements thrown away, or refused, because the queue was closed.
    public var discarded = 0
    /// Times that a producer had to wait for room.
    public var waits = 0

    /// Counters of an empty queue.
    public init(capacity: Int) {
        self.capacity = capacity
    }
}
