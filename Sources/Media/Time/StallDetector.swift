internal import Platform

/// How long a source may be silent before it counts as stalled.
///
/// Pure: it is told when frames came. Only decoded frames count, since a transport can live on while the camera
/// behind it has died. The limit grows with the source's own interval, so that a camera which sends a frame every
/// twenty seconds is not reconnected for ever.
public struct StallDetector: Sendable {
    /// Intervals of silence that are one too many.
    public static let intervals = 8.0

    private let floor: Int64
    private var last: Int64?
    /// Smoothed interval in nanoseconds.
    private var interval: Double?

    /// - Parameters:
    ///   - floor: the shortest silence that counts, in nanoseconds.
    ///   - expected: seconds between frames as the stream states them; nil when it does not.
    public init(floor: Int64, expecting expected: Double? = nil) {
        self.floor = floor
        interval = expected.map { min($0, 3600) * 1e9 }
    }

    /// A frame came at the given moment (nanoseconds of a monotonic clock).
    public mutating func frame(at now: Int64) {
        defer { last = now }
        guard let last, now > last else { return }
        let step = Double(now.subtractingClamped(last))
        // Longer intervals are learned fast and shorter ones slowly: after a burst the limit must not be too tight.
        interval = interval.map { $0 + (step > $0 ? 0.5 : 0.05) * (step - $0) } ?? step
    }

    /// Nanoseconds of silence that are a stall.
    public var limit: Int64 {
        max(floor, Int64(seconds: interval ?? 0, unitsPerSecond: Self.intervals))
    }
}
