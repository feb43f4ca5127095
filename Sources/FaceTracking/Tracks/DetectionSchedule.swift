/// Which detector a frame is shown to.
package enum DetectionRange: Sendable, Equatable {
    case short
    case full
    /// The one after the other.
    case both
}

/// When the detector runs, and which one: landmarks follow a face from frame to frame, a detector is needed only for faces that are not followed.
///
/// It runs on every frame while there is no face at all, or one was lost a moment ago; a little later for a face that stays away; and
/// at an interval while there is room for more faces. Where both detectors are allowed the first frame is shown to both (a photograph has
/// no other), then they take turns; a face just lost is looked for with the detector that found one last.
package struct DetectionSchedule: Sendable {
    /// Which detectors may run.
    package enum Ranges: Sendable, Equatable {
        case shortOnly
        case fullOnly
        case both
    }

    /// Seconds between runs while faces are followed and there is room for more.
    package var interval: Double
    /// Seconds between runs while no face is followed; 0 is every frame.
    package var searchInterval: Double
    /// Seconds between runs while a track waits for its face, after the first moments.
    package var waitingInterval: Double
    package var ranges: Ranges
    private var last: Double?
    private var turn = DetectionRange.short
    private var successful = DetectionRange.short

    package init(interval: Double, searchInterval: Double, waitingInterval: Double, ranges: Ranges) {
        self.interval = interval
        self.searchInterval = searchInterval
        self.waitingInterval = waitingInterval
        self.ranges = ranges
    }

    /// Decides about one frame.
    ///
    /// - Parameters:
    ///   - time: seconds of the stream.
    ///   - followed: faces that were followed into this frame.
    ///   - room: how many more may be.
    ///   - justLost: true when a face was lost on this frame.
    ///   - waiting: true while a track waits for its face.
    package mutating func next(
        time: Double, followed: Int, room: Int, justLost: Bool, waiting: Bool
    ) -> DetectionRange? {
        guard room > 0 else { return nil }
        let pause =
            justLost ? 0 : followed == 0 ? searchInterval : waiting ? min(waitingInterval, interval) : interval
        // Frame times jitter: a run that is due within two milliseconds is due now. Time that ran backwards makes it due, too.
        if let last, time >= last, time - last < pause - 0.002 { return nil }
        let isFirst = last == nil
        last = time
        switch ranges {
        case .shortOnly: return .short
        case .fullOnly: return .full
        case .both:
            if isFirst { return .both }
            if justLost { return successful }
            defer { turn = turn == .short ? .full : .short }
            return turn
        }
    }

    /// Notes which detector found a face, `short` or `full`.
    package mutating func found(with range: DetectionRange) { successful = range }

    /// Begins anew after a break of the stream.
    package mutating func reset() {
        last = nil
        turn = .short
        successful = .short
    }
}
