internal import Platform

/// Tells when a frame was taken, in UTC, from the stream's own time and the moment of its arrival.
///
/// Pure. Arrival is capture plus a delay that varies; the stream's time varies little, but its clock is not ours and
/// drifts. So: the smallest (arrival - pts) of the last quarter to half minute is the fixed part of the delay, and
/// pts plus that is the time of capture. A clock that runs fast lowers the minimum at once; one that runs slow is
/// followed as the window moves on. The result never lies in the future and never runs backward; when it is more than
/// five seconds behind now, the stream and the clock have parted, and it starts again from now.
public struct WallClockEstimator: Sendable {
    /// Microseconds after which the older half of the window is let go.
    public static let halfWindow: Int64 = 15_000_000
    /// Microseconds behind now at which the estimate is given up.
    private let greatestDelay: Int64
    private var epoch: Int?
    private var older: Int64?
    private var newer: Int64 = 0
    private var turned: Int64 = 0
    private var last: Int64 = 0

    /// Knows nothing yet.
    ///
    /// - Parameter greatestDelay: microseconds behind now at which the estimate is given up; more for what comes in pieces of many seconds.
    public init(greatestDelay: Int64 = 5_000_000) {
        self.greatestDelay = greatestDelay
    }

    /// The time at which a frame was taken.
    ///
    /// - Parameters:
    ///   - pts: the frame's time in seconds within its epoch.
    ///   - epoch: the epoch; a new one starts the estimate afresh.
    ///   - now: microseconds of UTC at the frame's arrival.
    /// - Returns: microseconds of UTC since 1970, at most `now`.
    public mutating func time(pts: Double, epoch: Int, now: Int64) -> Int64 {
        let media = Int64(seconds: pts, unitsPerSecond: 1e6)
        let offset = now.subtractingClamped(media)
        guard epoch == self.epoch else { return anchor(offset, epoch: epoch, now: now) }
        if now.subtractingClamped(turned) >= Self.halfWindow || now < turned {
            older = now < turned ? nil : newer
            newer = offset
            turned = now
        }
        newer = min(newer, offset)
        let estimate = media.addingClamped(min(newer, older ?? newer))
        // The second test is for our own clock having been set back.
        guard estimate >= now - greatestDelay, last <= now else { return anchor(offset, epoch: epoch, now: now) }
        last = max(last, estimate)
        return last
    }

    private mutating func anchor(_ offset: Int64, epoch: Int, now: Int64) -> Int64 {
        self.epoch = epoch
        older = nil
        newer = offset
        turned = now
        last = now
        return now
    }
}
