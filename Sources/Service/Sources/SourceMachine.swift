package import Media
package import Platform
internal import Sinks

/// What becomes of a source that is opened, lost, tried again, ended or stopped. Pure: it is given the time and what
/// happened, and says what is to be done and told.
package struct SourceMachine: Sendable {
    /// What the source's thread does next.
    package enum Next: Sendable, Equatable {
        /// Open the source again, with a new object, at this moment.
        case retry(at: MonotonicTime)
        /// Nothing more.
        case finish
    }

    /// What is to be told.
    package enum News: Sendable, Equatable {
        /// It gives no frames any more, or never gave one. Told once for each outage.
        case lost(reason: String)
        /// It gives frames again, so long after the last one (or after it was first tried).
        case recovered(after: Duration)
        /// It has come to its end; with an error when that was not its own.
        case ended(MediaError?)
    }

    private enum Phase: Equatable {
        case opening, streaming, backoff, ended, stopped
    }

    private let ladder: ReconnectLadder
    private var random: SplitMix
    private var phase = Phase.opening
    /// Whether it is live. A recording is tried again only where it is awaited.
    private var isLive: Bool
    /// Whether it is tried again although it is a recording: one that plays for ever, a FIFO.
    private let isAwaited: Bool
    private var stall = StallDetector(floor: 2_000_000_000)
    /// The newest frame, or the beginning when there was none yet.
    private var lastFrame: MonotonicTime
    /// Since when frames come without a break.
    private var wellSince: MonotonicTime?
    /// Time without frames since the source was last well for long enough.
    private var away = Duration.zero
    /// Whether `lost` was told and `recovered` not yet.
    private var isLost = false
    private var hasFrameOfAttempt = false

    /// The epoch of the newest frame, or of the next one while there is none.
    package private(set) var epoch: Int
    /// Attempts to open the source.
    package private(set) var attempts = 0
    /// Attempts that followed on a loss, by the cause of the loss.
    package private(set) var reconnects: [String: Int] = [:]
    /// Losses that were silences.
    package private(set) var stalls = 0
    /// Why it was last lost or ended; nil while it is well.
    package private(set) var lastError: MediaError?

    package init(
        isLive: Bool, isAwaited: Bool = false, ladder: ReconnectLadder, firstEpoch: Int = 0, seed: UInt64,
        now: MonotonicTime
    ) {
        self.isLive = isLive
        self.isAwaited = isAwaited
        self.ladder = ladder
        random = SplitMix(state: seed)
        epoch = firstEpoch
        lastFrame = now
    }

    /// The source is about to be opened.
    ///
    /// - Returns: the epoch of its first frame; nil when it was stopped.
    package mutating func begin(at now: MonotonicTime) -> Int? {
        guard phase != .stopped, phase != .ended else { return nil }
        if hasFrameOfAttempt { epoch += 1 }
        hasFrameOfAttempt = false
        phase = .opening
        attempts += 1
        return epoch
    }

    /// The source is open.
    ///
    /// - Parameter isLive: false when it turns out to be a recording, which ends and, unless it is awaited, is not tried again.
    package mutating func opened(isLive: Bool) {
        self.isLive = self.isLive && isLive
    }

    /// A frame came.
    package mutating func frame(epoch: Int, at now: MonotonicTime) -> News? {
        guard phase == .opening || phase == .streaming else { return nil }
        let silence = now - lastFrame
        if phase == .opening {
            phase = .streaming
            stall = StallDetector(floor: 2_000_000_000)
            away += silence
            wellSince = now
        }
        // A silence that ended by itself was no loss, but the source was not well either.
        if silence.wholeNanoseconds > stall.limit { wellSince = now }
        stall.frame(at: now.wholeNanoseconds)
        if let since = wellSince, now - since >= ladder.healthyPeriod { away = .zero }
        self.epoch = epoch
        hasFrameOfAttempt = true
        lastFrame = now
        lastError = nil
        guard isLost else { return nil }
        isLost = false
        return .recovered(after: silence)
    }

    /// An attempt is over: the stream ended by itself (nil) or failed.
    package mutating func over(_ error: MediaError?, at now: MonotonicTime) -> (next: Next, news: News?) {
        guard phase == .opening || phase == .streaming else { return (.finish, nil) }
        guard isLive || isAwaited else {
            phase = .ended
            lastError = error
            return (.finish, .ended(error))
        }
        let wasStreaming = phase == .streaming
        phase = .backoff
        if let since = wellSince { away = max(.zero, away - (lastFrame - since) * ladder.forgiveness) }
        wellSince = nil
        let cause = error?.code.description ?? "ended"
        if wasStreaming && error?.code == .timedOut { stalls += 1 }
        reconnects[cause, default: 0] += 1
        let reason = error?.reason ?? "the stream ended"
        lastError = error
        let chance = random.next()
        let pause =
            error?.code == .notAllowed
            ? ladder.pauseAfterRefusal(chance: chance) : ladder.pause(away: away + (now - lastFrame), chance: chance)
        defer { isLost = true }
        return (.retry(at: now + pause), isLost ? nil : .lost(reason: reason))
    }

    /// The source is not wanted any more.
    package mutating func stop() -> News? {
        guard phase != .ended, phase != .stopped else { return nil }
        phase = .stopped
        return .ended(nil)
    }

    /// How it is.
    package func state(at now: MonotonicTime) -> SourceState {
        switch phase {
        case .opening: .opening
        case .streaming:
            (now - lastFrame).wholeNanoseconds > stall.limit ? .stalled : .streaming
        case .backoff: .backoff
        case .ended: .ended
        case .stopped: .stopped
        }
    }
}

/// Sebastiano Vigna's splitmix64, for jitter.
struct SplitMix: Sendable {
    var state: UInt64

    /// A number from 0 up to 1.
    mutating func next() -> Double {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return Double((z ^ (z >> 31)) >> 11) / Double(1 << 53)
    }
}
