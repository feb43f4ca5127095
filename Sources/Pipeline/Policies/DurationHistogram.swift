/// How long something took, counted in fixed buckets: what a metrics page shows of it.
public struct DurationHistogram: Sendable, Equatable {
    /// Upper bounds of the buckets in seconds; one more bucket takes what is longer.
    public static let bounds: [Double] = [
        0.0005, 0.001, 0.0025, 0.005, 0.01, 0.02, 0.035, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10,
    ]

    /// How many fell into each bucket, not cumulative; the last is what passed all bounds.
    public private(set) var counts = [Int](repeating: 0, count: bounds.count + 1)
    /// How many there were.
    public private(set) var count = 0
    /// Seconds of all together.
    public private(set) var sum = 0.0
    /// Seconds of the longest.
    public private(set) var maximum = 0.0

    /// An empty histogram.
    public init() {}

    /// Counts one duration; a negative one counts as zero.
    public mutating func add(nanoseconds: Int64) {
        let seconds = Double(max(0, nanoseconds)) * 1e-9
        counts[Self.bounds.firstIndex { seconds <= $0 } ?? Self.bounds.count] += 1
        count += 1
        sum += seconds
        maximum = max(maximum, seconds)
    }

    /// The duration in seconds that the given part of all did not pass, interpolated within its bucket; nil when empty.
    public func quantile(_ part: Double) -> Double? {
        guard count > 0 else { return nil }
        let wanted = min(max(part, 0), 1) * Double(count)
        var below = 0.0
        for (index, inBucket) in counts.enumerated() where inBucket > 0 {
            if below + Double(inBucket) >= wanted {
                let low = index == 0 ? 0 : Self.bounds[index - 1]
                let high = index < Self.bounds.count ? min(Self.bounds[index], maximum) : maximum
                return low + max(0, high - low) * (wanted - below) / Double(inBucket)
            }
            below += Double(inBucket)
        }
        return maximum
    }
}
