internal import Platform

/// Tells when a frame of a file is due, when the file plays at its own pace. Pure.
package struct Pacer {
    private var epoch: Int?
    private var start: Int64 = 0
    private var due: Int64 = 0

    package init() {}

    /// The moment, in nanoseconds of a monotonic clock, at which the frame is to be given out.
    ///
    /// An epoch's first frame is due one interval after the last of the epoch before.
    package mutating func due(pts: Double, epoch: Int, interval: Double, now: Int64) -> Int64 {
        if epoch != self.epoch {
            let first = self.epoch == nil ? now : max(now, due.addingClamped(nanoseconds(interval)))
            self.epoch = epoch
            start = first.subtractingClamped(nanoseconds(pts))
        }
        due = start.addingClamped(nanoseconds(pts))
        return due
    }

    private func nanoseconds(_ seconds: Double) -> Int64 { Int64(seconds: seconds, unitsPerSecond: 1e9) }
}
