/// How late a live source's frames come to the pipeline, measured against its own timeliest ones.
///
/// Pure. Frames of a burst, such as a piece of an HLS stream, come all at once: the first is as late as the burst is long, the last is
/// timely. What stays late although nothing is late any more, because the source's clock is slower than ours, is let go by a
/// thousandth of the time.
package struct Lateness: Sendable {
    /// Seconds for each second by which the timeliest frame is forgotten. Clocks differ by far less.
    package static let drift = 0.001
    /// Seconds; a longer step of the source's time is a gap.
    package static let longestStep = 5.0

    /// Seconds of the source's own time that its frames have covered; gaps and breaks count for nothing.
    package private(set) var media = 0.0
    private var epoch: Int?
    private var lastPTS = 0.0
    private var lastNow = 0.0
    private var least = 0.0

    /// Knows nothing yet.
    package init() {}

    /// Takes in a frame.
    ///
    /// - Parameters:
    ///   - pts: seconds of the source's time.
    ///   - epoch: a new one begins anew.
    ///   - now: seconds of a monotonic clock.
    /// - Returns: seconds by which it is later than the timeliest frame before, 0 or more.
    package mutating func frame(pts: Double, epoch: Int, now: Double) -> Double {
        let offset = now - pts
        defer { (lastPTS, lastNow) = (pts, now) }
        guard epoch == self.epoch else {
            self.epoch = epoch
            least = offset
            return 0
        }
        let step = pts - lastPTS
        if step > 0, step <= Self.longestStep { media += step }
        least = min(offset, least + Self.drift * max(0, now - lastNow))
        return offset - least
    }
}
