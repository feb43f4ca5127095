internal import Platform

/// Tells when frames were taken by the clock of what sends them.
///
/// Pure. RTCP's sender reports pair the sender's clock with its stream's time (RFC 3550, 6.4.1); libav hands the pair on with each packet
/// that follows one. Between two reports a frame's time is the last pair's plus the stream's time since.
struct SenderClock {
    /// Seconds by which the sender's clock may differ from this machine's before that is told.
    private static let greatestDifference = 2.0
    /// Microseconds without a report after which that is told: reports come every five seconds or so.
    private static let patience: Int64 = 20_000_000

    private var offset: Int64?
    private var began: Int64?
    private var last: (epoch: Int, time: Int64)?
    private var isSilenceTold = false
    private var isDifferenceTold = false

    /// A packet says what the sender's clock showed.
    ///
    /// - Parameters:
    ///   - wall: microseconds of UTC since 1970.
    ///   - pts: the packet's time in seconds, as the stream has it.
    mutating func told(wall: Int64, pts: Double) {
        offset = wall.subtractingClamped(Int64(seconds: pts, unitsPerSecond: 1e6))
    }

    /// Microseconds of UTC at which a frame was taken; nil before the first report. It does not run backward within an epoch.
    ///
    /// - Parameter raw: the frame's time in seconds, as the stream has it.
    mutating func time(of raw: Double, epoch: Int) -> Int64? {
        guard let offset else { return nil }
        var time = offset.addingClamped(Int64(seconds: raw, unitsPerSecond: 1e6))
        if let last, last.epoch == epoch { time = max(time, last.time) }
        last = (epoch, time)
        return time
    }

    /// What is to be told of the sender's clock, each once; nil for nothing.
    ///
    /// - Parameters:
    ///   - time: of a frame by that clock; nil when it is not known.
    ///   - arrival: microseconds of UTC at which it came.
    mutating func remark(time: Int64?, arrival: Int64) -> String? {
        guard let time else {
            let began = self.began ?? arrival
            self.began = began
            guard !isSilenceTold, arrival.subtractingClamped(began) > Self.patience else { return nil }
            isSilenceTold = true
            return "the sender tells no time of its own; times are those of arrival"
        }
        let seconds = Double(time.subtractingClamped(arrival)) / 1e6
        guard !isDifferenceTold, abs(seconds) > Self.greatestDifference else { return nil }
        isDifferenceTold = true
        return "the sender's clock differs from this machine's by more than \(Int(Self.greatestDifference)) s"
    }
}
