public import Expression
public import FaceTracking
public import Pipeline
internal import Records
public import SystemPackage

/// How files are analysed.
public struct AnalysisSettings: Sendable, Equatable {
    /// How faces are found and followed.
    public var tracking = TrackingOptions()
    /// Which frames are analysed.
    public var selection = FrameSelection.all
    /// When outputs are smoothed.
    public var smoothing = SmoothingOptions.Mode.causal
    /// A file of baselines that come into force, frozen; nil learns them.
    public var baseline: FilePath?
    /// Where the baselines are saved at the end.
    public var savedBaseline: FilePath?
    /// Seconds of the stream at which the faces that are seen are neutral.
    public var neutralAt: Double?

    /// The defaults.
    public init() {}

    /// What a sidecar says of them: what the records depend on.
    var entries: [RunInfo.Entry] {
        var entries = [
            RunInfo.Entry("faces", "\(tracking.maximumFaces)"), RunInfo.Entry("detector", tracking.detector.rawValue),
        ]
        switch selection {
        case .all: break
        case .every(let step): entries.append(RunInfo.Entry("every", "\(step)"))
        case .rate(let rate): entries.append(RunInfo.Entry("fps", "\(rate)"))
        }
        if let baseline { entries.append(RunInfo.Entry("baseline", baseline.string)) }
        if let neutralAt { entries.append(RunInfo.Entry("neutral_at", "\(neutralAt)")) }
        return entries
    }
}
