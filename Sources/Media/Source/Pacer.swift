/// Tells when a picture of a file is due, when the file plays at its own pace. Pure.
struct Pacer {
    private var epoch: Int?
    private var start: Int64 = 0
    private var due: Int64 = 0

    /// The moment, in nanoseconds of a monotonic clock, at which the picture is to be given out.
    ///
    /// An epoch's first picture is due one interval after the last of the epoch before.
    mutating func due(pts: Double, epoch: Int, interval: Double, now: Int64) -> Int64 {
        if epoch != self.epoch {
            let first = self.epoch == nil ? now : max(now, due + Int64(interval * 1e9))
            self.epoch = epoch
            start = first - Int64(pts * 1e9)
        }
        due = start + Int64(pts * 1e9)
        return due
    }
}
