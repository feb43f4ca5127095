/// Tells blinks and winks from how far both eyes are closed, frame by frame. Pure: time comes with the values.
///
/// A closure is a fall of the lids from where they were in the last half second: somebody who smiles or looks down has them lower all the
/// time. It begins with the last frame before the fall, and ends with the first in which most of it is undone. What began or ended
/// while nobody could see it is no blink: `interrupt` drops what goes on.
struct BlinkPolicy: Sendable {
    /// A closure that has come to its end.
    struct Closure: Sendable, Equatable {
        var eyes: FaceEvent.Eyes
        var isWink: Bool
        var isComplete: Bool
        var onset: Double
        var apex: Double
        var offset: Double
        var peak: Float
    }

    /// A lower fall is none.
    static let low: Float = 0.1
    /// How far an eye must be closed for a closure to be complete.
    static let complete: Float = 0.7
    /// The part of the stronger eye's fall below which the other counts as open, and from which on as closed, too.
    static let apart: (open: Float, closed: Float) = (0.35, 0.5)
    /// Seconds that a blink, and that a wink, lasts at most; longer ones are a segment of AU43.
    static let longest = (blink: 1.0, wink: 2.0)
    /// Seconds that they last at least: one frame alone is noise where frames come quickly, and one eye alone is seen less surely than both.
    static let shortest = (blink: 0.05, wink: 0.2)
    /// Seconds that lids take to fall at most: a smile that narrows the eyes takes longer.
    static let slowestFall = 0.5
    /// Seconds in which the lids have fallen by the threshold: blinks are quick.
    static let quickest = 0.25
    /// Lids that have fallen less than this rest there after `slowestFall`: no blink, and one that comes then is to be seen.
    static let shallow: Float = 0.5

    private let threshold: Float
    private var left = WatchedEye()
    private var right = WatchedEye()
    private var isClosed = false
    private var onset = 0.0
    private var isFresh = true

    /// - Parameter threshold: how far the lids must fall.
    init(threshold: Float) { self.threshold = threshold }

    /// Drops a closure that goes on: the face was lost, turned away, or frames are missing.
    mutating func interrupt() { isFresh = true }

    /// Takes the next frame.
    ///
    /// - Parameters:
    ///   - left: how far the subject's own left eye is closed, 0-1 (`LidSignal`).
    ///   - right: how far the right one is.
    ///   - canWink: whether both eyes are seen well enough to be told apart.
    /// - Returns: what has ended with it.
    mutating func update(time: Double, left closureLeft: Float, right closureRight: Float, canWink: Bool) -> Closure? {
        if isFresh {
            isFresh = false
            left = WatchedEye(closure: closureLeft, time: time)
            right = WatchedEye(closure: closureRight, time: time)
            // Eyes that are closed already have no onset that was seen, and cannot fall any further.
            isClosed = false
            return nil
        }
        left.step(closureLeft, time, isOpen: !isClosed)
        right.step(closureRight, time, isOpen: !isClosed)
        let most = max(left.fall, right.fall)
        guard isClosed else {
            let rise = left.fall >= right.fall ? left.rise : right.rise
            guard most >= threshold, time - rise <= Self.quickest else { return nil }
            isClosed = true
            begin(rise, time)
            return nil
        }
        if let wink = winkBeforeBlink(time, canWink) { return wink }
        left.note(time)
        right.note(time)
        let peak = max(left.peak, right.peak)
        let isOpen = most < max(Self.low, 0.4 * peak)
        let isOneEye = min(left.peak, right.peak) < Self.apart.open * peak
        let longest =
            isOneEye ? Self.longest.wink : peak < Self.shallow ? Self.slowestFall : Self.longest.blink
        guard isOpen || time - onset > longest else { return nil }
        defer {
            isClosed = false
            left.rest(time)
            right.rest(time)
        }
        return isOpen ? finished(time, canWink) : nil
    }

    private mutating func begin(_ onset: Double, _ time: Double) {
        self.onset = onset
        left.begin(time)
        right.begin(time)
    }

    /// An eye that was closed alone for long is a wink of its own, when the other closes, too.
    private mutating func winkBeforeBlink(_ time: Double, _ canWink: Bool) -> Closure? {
        let isLeft = left.peak >= right.peak
        let (strong, weak) = isLeft ? (left, right) : (right, left)
        guard canWink, weak.peak < Self.apart.open * strong.peak, weak.fall >= threshold,
            weak.rise - onset >= Self.shortest.wink
        else { return nil }
        let wink = Closure(
            eyes: isLeft ? .left : .right, isWink: true, isComplete: strong.most >= Self.complete, onset: onset,
            apex: strong.apex, offset: weak.rise, peak: strong.most)
        begin(weak.rise, time)
        return wink
    }

    private func finished(_ time: Double, _ canWink: Bool) -> Closure? {
        let isLeft = left.peak >= right.peak
        let (strong, weak) = isLeft ? (left, right) : (right, left)
        let length = time - onset
        let isBoth = weak.peak >= Self.apart.closed * strong.peak
        let isWink = canWink && weak.peak < Self.apart.open * strong.peak
        let (shortest, longest) =
            isWink ? (Self.shortest.wink, Self.longest.wink) : (Self.shortest.blink, Self.longest.blink)
        guard length >= shortest, length <= longest, isWink || strong.apex - onset <= Self.slowestFall else {
            return nil
        }
        let peak = isBoth ? 0.5 * (strong.most + weak.most) : strong.most
        return Closure(
            eyes: isBoth ? .both : isLeft ? .left : .right, isWink: isWink, isComplete: peak >= Self.complete,
            onset: onset, apex: strong.apex, offset: time, peak: peak)
    }
}

/// What one eye has done of late.
private struct WatchedEye: Sendable {
    /// How far it is closed.
    private var last: Float = 0
    /// The least closure of this quarter of a second and of the one before: where the lids rest.
    private var least: (now: Float, before: Float) = (0, 0)
    private var quarter = 0.0
    /// The last frame before the lid began to fall.
    private(set) var rise = 0.0
    /// How far the lid has fallen from where it rested.
    private(set) var fall: Float = 0
    /// The furthest fall of the closure that goes on, how far the eye was closed then, and when that was.
    private(set) var peak: Float = 0
    private(set) var most: Float = 0
    private(set) var apex = 0.0

    init() {}

    init(closure: Float, time: Double) {
        last = closure
        least = (closure, closure)
        (quarter, rise) = (time, time)
    }

    /// Takes the next frame. While the lids are down, where they rested stays.
    mutating func step(_ closure: Float, _ time: Double, isOpen: Bool) {
        if isOpen {
            if time - quarter >= 0.25 { (least, quarter) = ((closure, least.now), time) }
            least.now = min(least.now, closure)
        }
        let former = last
        last = closure
        fall = max(0, closure - min(least.now, least.before))
        if fall <= BlinkPolicy.low || closure <= former && isOpen { rise = time }
    }

    /// Takes where the lid is now for its rest.
    mutating func rest(_ time: Double) {
        least = (last, last)
        (quarter, rise, fall) = (time, time, 0)
    }

    mutating func begin(_ time: Double) {
        (peak, most, apex) = (fall, last, time)
    }

    mutating func note(_ time: Double) {
        if fall > peak { begin(time) }
    }
}

/// Blinks a minute over the last minute of seeing.
struct BlinkRate: Sendable {
    /// Seconds that must have been seen for a rate to be told.
    static let least = 20.0
    private var times = [Double](repeating: 0, count: 128)
    private var count = 0
    /// Seconds seen so far.
    private(set) var seen = 0.0

    init() {}

    /// Adds seconds of seeing.
    mutating func watch(_ seconds: Double) { seen += seconds }

    /// Counts a blink now.
    ///
    /// - Returns: the rate with it; nil while too little was seen.
    mutating func note() -> Double? {
        times[count % times.count] = seen
        count += 1
        guard seen >= Self.least else { return nil }
        var recent = 0
        for index in 0..<min(count, times.count) where seen - times[index] < 60 { recent += 1 }
        return Double(recent) * 60 / min(60, seen)
    }
}
