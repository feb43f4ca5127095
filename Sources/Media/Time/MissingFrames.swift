/// Counts the frames that a live source has sent and that never came, by the gaps in its own times.
///
/// Pure. Only a source with a steady rate tells how many frames a gap stands for: of the last steps between frames four in five must lie within
/// a quarter of their median. What looks like a gap and is a clock that was set forward brings its frames earlier than all before them,
/// measured by the clock of the machine; a gap does not.
public struct MissingFrames: Sendable {
    /// Steps by which the rate is judged.
    public static let memory = 24
    /// A step of so many intervals is a gap: halfway between one frame and two would be taken for one by jitter alone.
    public static let gap = 1.6
    /// Seconds; a longer step tells nothing.
    public static let longest = 120.0
    /// Seconds by which frames may come earlier than any before.
    public static let earliness = 0.5

    private var steps: [Double] = []
    private var next = 0
    /// The steps by their size; kept, so that no frame allocates.
    private var sorted: [Double] = []
    private var last: Double?
    /// Frames without a time since the last that had one.
    private var timeless = 0
    /// Whether a steady rate was ever known: the gaps before that are counted when it is.
    private var hasBegun = false
    /// The least (arrival - time) so far.
    private var least = Double.infinity

    /// Knows nothing yet.
    public init() {
        steps.reserveCapacity(Self.memory)
        sorted.reserveCapacity(Self.memory)
    }

    /// The next frame in the order in which they are shown.
    ///
    /// - Parameters:
    ///   - time: seconds of the stream's own time; nil when it has none.
    ///   - arrival: seconds of a monotonic clock at which its data came.
    ///   - known: frames before it that did come, or whose loss is known already.
    /// - Returns: how many are missing between the frame before and this one.
    public mutating func frame(time: Double?, arrival: Double, known: Int = 0) -> Int {
        guard let time, time.isFinite, arrival.isFinite else {
            timeless += 1
            return 0
        }
        let known = known + timeless
        timeless = 0
        let offset = arrival - time
        defer {
            last = time
            least = min(least, offset)
        }
        guard let last else { return 0 }
        let step = time - last
        guard step > 0, step <= Self.longest, offset >= least - Self.earliness else {
            // Time was set. A little backward is reordering.
            if step < -1 || step > 0 { least = offset }
            return 0
        }
        let interval = steadyInterval()
        if known == 0 { note(step) }
        guard let interval else { return countBeginning() }
        return count(step, interval, known: known)
    }

    private func count(_ step: Double, _ interval: Double, known: Int) -> Int {
        guard step > (Double(known) + Self.gap) * interval else { return 0 }
        return max(0, Int((step / interval).rounded()) - 1 - known)
    }

    /// The gaps of the first steps, once they are enough to tell the rate.
    private mutating func countBeginning() -> Int {
        guard !hasBegun, let interval = steadyInterval() else { return 0 }
        hasBegun = true
        return steps.reduce(0) { $0 + count($1, interval, known: 0) }
    }

    /// The usual step; nil while there is none.
    private mutating func steadyInterval() -> Double? {
        guard steps.count == Self.memory else { return nil }
        sorted.removeAll(keepingCapacity: true)
        sorted.append(contentsOf: steps)
        sorted.sort()
        let median = sorted[Self.memory / 2]
        let near = sorted.count { abs($0 - median) <= 0.25 * median }
        return 5 * near >= 4 * Self.memory ? median : nil
    }

    private mutating func note(_ step: Double) {
        if steps.count < Self.memory {
            steps.append(step)
        } else {
            steps[next] = step
            next = (next + 1) % Self.memory
        }
    }
}
