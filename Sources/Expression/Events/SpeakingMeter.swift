/// How much a mouth moves as mouths do that speak, 0-1, over the last second. Pure: time comes with the values.
///
/// The gap between the inner lips, over the distance of the outer eye corners, is cut into swings: from one turning point to the next, those
/// of less than 0.02 left out. Speech opens and closes the mouth several times a second, so
///
///     speaking = min(1, (sum of the swings - the two largest) / 0.3)
///
/// A mouth held in any shape has no swings; one that opens and closes once, as in a yawn, has two, however large they are, and they
/// do not count.
struct SpeakingMeter: Sendable {
    /// Seconds that are looked at.
    static let window = 1.0
    /// Seconds that must have been seen.
    static let least = 0.8
    /// Frames a second that there must be.
    static let slowest = 9.5
    private static let smallest: Float = 0.02
    private static let full: Float = 0.3
    /// A longer pause begins afresh, in seconds.
    private static let longestPause = 0.35
    private static let capacity = 64
    private static let step = window / Double(capacity)

    private var times = [Double](repeating: 0, count: capacity)
    private var gaps = [Float](repeating: 0, count: capacity)
    private var first = 0
    private var end = 0

    init() {}

    /// Forgets what it has seen.
    mutating func reset() { (first, end) = (0, 0) }

    /// Takes the next frame.
    ///
    /// - Parameter gap: the gap between the lips (`FaceMeasures`).
    /// - Returns: how much the mouth speaks; nil while too little was seen, or frames come too seldom.
    mutating func update(time: Double, gap: Float) -> Float? {
        if end > first {
            let pause = time - times[(end - 1) % Self.capacity]
            if pause > Self.longestPause || pause < 0 { reset() }
        }
        if end == first || time - times[(end - 1) % Self.capacity] >= Self.step * 0.999 {
            if end - first == Self.capacity { first += 1 }
            times[end % Self.capacity] = time
            gaps[end % Self.capacity] = gap
            end += 1
        }
        while first < end, time - times[first % Self.capacity] > Self.window + 1e-6 { first += 1 }
        let span = times[(end - 1) % Self.capacity] - times[first % Self.capacity]
        guard span >= Self.least, Double(end - first - 1) >= Self.slowest * span else { return nil }
        return min(1, max(0, swings / Self.full))
    }

    /// The sum of all swings but the two largest.
    private var swings: Float {
        var (sum, largest, second) = (Float(0), Float(0), Float(0))
        func count(_ swing: Float) {
            guard swing >= Self.smallest else { return }
            sum += swing
            if swing > largest { (largest, second) = (swing, largest) } else { second = max(second, swing) }
        }
        var (low, high) = (gaps[first % Self.capacity], gaps[first % Self.capacity])
        // 1 while the mouth opens, -1 while it closes, 0 before its first turn.
        var direction = 0
        for number in first..<end {
            let gap = gaps[number % Self.capacity]
            if direction >= 0 { high = max(high, gap) }
            if direction <= 0 { low = min(low, gap) }
            if direction <= 0, gap - low >= Self.smallest {
                if direction < 0 { count(high - low) }
                (direction, high) = (1, gap)
            } else if direction >= 0, high - gap >= Self.smallest {
                if direction > 0 { count(high - low) }
                (direction, low) = (-1, gap)
            }
        }
        if direction != 0 { count(high - low) }
        return sum - largest - second
    }
}
