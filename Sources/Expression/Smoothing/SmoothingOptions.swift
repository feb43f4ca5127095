/// How outputs are smoothed over time (`Documentation/Expression.md`). All parameters are in natural units.
public struct SmoothingOptions: Sendable, Equatable {
    /// When smoothing is done.
    public enum Mode: String, Sendable, CaseIterable {
        /// Not at all: intensities are the classifier's, corrected by the baseline.
        case off
        /// As frames come, from the past only.
        case causal
        /// From past and future, by an `OfflineSmoother` behind the analyzer; the analyzer itself does not smooth.
        case offline
    }

    /// Parameters of a One-Euro filter (G. Casiez, N. Roussel, D. Vogel: 1€ Filter, CHI 2012).
    public struct OneEuro: Sendable, Equatable {
        /// Cutoff at rest in Hz: lower means steadier.
        public var minimumCutoff: Double
        /// How the cutoff rises with speed, in Hz for one unit a second: higher means less lag.
        public var beta: Double
        /// Cutoff in Hz of the filter that estimates the speed.
        public var speedCutoff: Double

        /// Makes a set of parameters.
        public init(minimumCutoff: Double, beta: Double, speedCutoff: Double) {
            self.minimumCutoff = minimumCutoff
            self.beta = beta
            self.speedCutoff = speedCutoff
        }
    }

    /// Parameters of the zero-phase filter (`OfflineSmoother`).
    public struct ZeroPhase: Sendable, Equatable {
        /// How far into the future it looks, and back into the past, in seconds.
        public var lookAhead = 0.5
        /// Standard deviation in seconds of the weights over time.
        public var width = 0.15
        /// The same for the eyelids.
        public var lidWidth = 0.05
        /// The same for the emotions.
        public var emotionWidth = 0.2
        /// A difference in intensity from which on a neighbour counts much less, so that edges stay sharp.
        public var edge = 0.5
        /// The same for probabilities.
        public var emotionEdge = 0.25

        /// The default parameters.
        public init() {}
    }

    /// When smoothing is done.
    public var mode = Mode.causal
    /// The intensities' filter; an AU and its sides share one cutoff. The unit of speed is an intensity step a second.
    public var intensity = OneEuro(minimumCutoff: 0.5, beta: 0.6, speedCutoff: 2)
    /// The same for AU43: eyes close and open within 150 ms.
    public var lid = OneEuro(minimumCutoff: 1, beta: 0.4, speedCutoff: 10)
    /// The emotions' filter; all share one cutoff. The unit of speed is a probability of one a second.
    public var emotion = OneEuro(minimumCutoff: 0.3, beta: 2, speedCutoff: 1)
    /// By how much another emotion must be more probable than the reported one to take its place.
    public var emotionMargin = 0.1
    /// A track that was not seen for so many seconds is smoothed afresh.
    public var gap = 1.0
    /// The zero-phase filter.
    public var zeroPhase = ZeroPhase()

    /// Causal smoothing with the default parameters.
    public init() {}

    /// Whether anything is smoothed.
    public var enabled: Bool {
        get { mode != .off }
        set { mode = newValue ? (mode == .off ? .causal : mode) : .off }
    }

    /// All parameters by name and the place where they are kept. Names end in the unit where there is one.
    private static let places:
        [(name: String, mode: Mode?, path: any WritableKeyPath<SmoothingOptions, Double> & Sendable)] = [
            ("gap_s", nil, \.gap),
            ("emotion_margin", nil, \.emotionMargin),
            ("intensity_min_cutoff_hz", .causal, \.intensity.minimumCutoff),
            ("intensity_beta", .causal, \.intensity.beta),
            ("intensity_speed_cutoff_hz", .causal, \.intensity.speedCutoff),
            ("lid_min_cutoff_hz", .causal, \.lid.minimumCutoff),
            ("lid_beta", .causal, \.lid.beta),
            ("lid_speed_cutoff_hz", .causal, \.lid.speedCutoff),
            ("emotion_min_cutoff_hz", .causal, \.emotion.minimumCutoff),
            ("emotion_beta", .causal, \.emotion.beta),
            ("emotion_speed_cutoff_hz", .causal, \.emotion.speedCutoff),
            ("look_ahead_s", .offline, \.zeroPhase.lookAhead),
            ("width_s", .offline, \.zeroPhase.width),
            ("lid_width_s", .offline, \.zeroPhase.lidWidth),
            ("emotion_width_s", .offline, \.zeroPhase.emotionWidth),
            ("edge", .offline, \.zeroPhase.edge),
            ("emotion_edge", .offline, \.zeroPhase.emotionEdge),
        ]

    /// What is in force, for a sidecar: the mode as `causal` and `offline` (0 or 1), then the parameters that the mode uses.
    public var parameters: [(name: String, value: Double)] {
        let modes = [("causal", mode == .causal ? 1.0 : 0), ("offline", mode == .offline ? 1.0 : 0)]
        guard mode != .off else { return modes }
        return modes
            + Self.places.filter { $0.mode == nil || $0.mode == mode }.map { ($0.name, self[keyPath: $0.path]) }
    }

    /// Sets a parameter by its name in `parameters`; false if there is none of that name.
    ///
    /// Parameters are times, frequencies, factors and differences: a value that is negative or not finite is refused, too.
    public mutating func set(_ name: String, to value: Double) -> Bool {
        guard value.isFinite, value >= 0, let place = Self.places.first(where: { $0.name == name }) else {
            return false
        }
        self[keyPath: place.path] = value
        return true
    }
}
