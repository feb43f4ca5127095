public import Pipeline
public import Records

/// How far an analysis is.
public struct AnalysisProgress: Sendable, Equatable {
    /// Records written.
    public var records: Int
    /// Frames decoded.
    public var captured: Int
    /// Frames that there will be, as the container says; nil when not known.
    public var frames: Int?
    /// Seconds of the stream that are analysed.
    public var mediaTime: Double
    /// Seconds that the stream is long; nil when not known.
    public var duration: Double?
    /// Seconds since the analysis began.
    public var elapsed: Double

    /// Makes a statement of progress.
    public init(
        records: Int, captured: Int, frames: Int?, mediaTime: Double, duration: Double?, elapsed: Double
    ) {
        self.records = records
        self.captured = captured
        self.frames = frames
        self.mediaTime = mediaTime
        self.duration = duration
        self.elapsed = elapsed
    }

    /// The part that is done, 0-1; nil when the end is not known.
    public var part: Double? {
        if let frames, frames > 0 { return min(1, Double(captured) / Double(frames)) }
        if let duration, duration > 0 { return min(1, mediaTime / duration) }
        return nil
    }
}

/// What was done of an input.
public struct AnalysisReport: Sendable, Equatable {
    /// Why it ended.
    public enum End: Sendable, Equatable {
        /// All of it was analysed.
        case ended
        /// It was stopped.
        case stopped
        /// Nobody reads the records any more.
        case unread
    }

    /// Why it ended.
    public var end: End
    /// Whether it came as it was taken, and has no end of its own.
    public var isLive: Bool
    /// How far it came.
    public var progress: AnalysisProgress
    /// Reads that failed, and frames that came out damaged.
    public var damaged: Int
    /// What the input's container says is there and was not read; nil when nothing speaks against its being whole.
    public var shortfall: RunInfo.Shortfall?
    /// What is odd about the input and was worked around, in words for people.
    public var remarks: [String]
    /// What the input is and how it was read; nil when it was not read to its end.
    public var video: VideoInfo?
    /// The faces that were taken for neutral at the time that was asked for; nil when none was asked for.
    public var neutral: RunInfo.Neutral?
    /// The most faces seen at once from which the baseline of one person was taken off.
    public var sharersOfBaseline: Int
    /// What the pipeline counted.
    public var counters: PipelineCounters

    /// Makes a report.
    public init(
        end: End, isLive: Bool = false, progress: AnalysisProgress, damaged: Int, shortfall: RunInfo.Shortfall? = nil,
        remarks: [String] = [],
        video: VideoInfo? = nil, neutral: RunInfo.Neutral? = nil, sharersOfBaseline: Int = 0,
        counters: PipelineCounters = PipelineCounters()
    ) {
        self.end = end
        self.isLive = isLive
        self.progress = progress
        self.damaged = damaged
        self.shortfall = shortfall
        self.remarks = remarks
        self.video = video
        self.neutral = neutral
        self.sharersOfBaseline = sharersOfBaseline
        self.counters = counters
    }

    /// The share of damaged frames from which an input counts as failed: by then every minute has three seconds that were not seen.
    public static let damageLimit = 0.05

    /// Whether the input was all there and sound, but for a share of damage that is borne.
    public var isSound: Bool {
        shortfall == nil && Double(damaged) <= Self.damageLimit * Double(max(1, progress.captured))
    }
}
