/// How long to wait before a lost source is tried again.
///
/// The pause is a share of the time for which the source has been away, between a shortest and a longest: after one
/// second it is tried four times a second, after half a minute every one and a half, after ten minutes every half minute,
/// and so for ever. A source that comes back is thus found soon, measured by how long it was gone. Time without
/// frames adds up until the source has been well for a whole healthy period; a shorter run of frames makes good a few
/// times its own length. So a camera that accepts and dies is not called at full speed, and one that is cut off often is
/// still found soon. Each pause is jittered, so that twenty cameras behind one switch do not come back in step.
public struct ReconnectLadder: Sendable, Equatable {
    /// The shortest pause.
    public var shortest: Duration
    /// The longest pause.
    public var longest: Duration
    /// The pause as a share of the time without frames.
    public var share: Double
    /// How far a pause may be off, as a share of itself.
    public var jitter: Double
    /// How long frames must come without a break before the time without them is forgotten.
    public var healthyPeriod: Duration
    /// How many times its own length a run of frames that is shorter than that makes good.
    public var forgiveness: Double

    /// Makes a ladder; the defaults are those of the daemon.
    public init(
        shortest: Duration = .milliseconds(250), longest: Duration = .seconds(30), share: Double = 0.05,
        jitter: Double = 0.25, healthyPeriod: Duration = .seconds(30), forgiveness: Double = 5
    ) {
        self.shortest = shortest
        self.longest = longest
        self.share = share
        self.jitter = jitter
        self.healthyPeriod = healthyPeriod
        self.forgiveness = forgiveness
    }

    /// The pause after so long a time without frames.
    ///
    /// - Parameter chance: a random number from 0 up to 1.
    /// - Returns: at most `longest`, jitter included.
    public func pause(away: Duration, chance: Double) -> Duration {
        let plain = min(max(away * share, shortest), longest)
        return min(plain * (1 + jitter * (2 * chance - 1)), longest)
    }

    /// The pause after user and password were refused: the longest at once, since cameras lock out whoever tries a wrong password a few
    /// times, and the right one with it.
    ///
    /// - Parameter chance: a random number from 0 up to 1.
    public func pauseAfterRefusal(chance: Double) -> Duration { longest * (1 - jitter * chance) }
}
