public import Imaging

/// How faces are looked for and followed. The defaults suit a camera or a film of people.
public struct TrackingOptions: Sendable, Equatable {
    /// Which detector looks for faces.
    public enum Detector: String, Sendable, CaseIterable {
        /// BlazeFace short range: faces within about two metres of a webcam. The fastest.
        case short
        /// BlazeFace full range: small faces, too, at about four times the cost.
        case full
        /// Both on the first frame, then by turns.
        case automatic
    }

    /// Faces followed at the same time.
    public var maximumFaces: Int = 8
    /// Which detector looks for faces.
    public var detector: Detector = .automatic
    /// Seconds of the stream between detector runs while faces are followed and there is room for more.
    public var detectionInterval: Double = 0.25
    /// Seconds between detector runs while no face is followed; 0 runs it on every frame.
    public var searchInterval: Double = 0
    /// The width of the smallest face that is looked for, in pixels as they are shown; 0 looks at the whole frame only. Faces that are small in
    /// their frame are looked for in parts of it, one part whenever a detector runs.
    public var smallestFace: Double = 40
    /// Where faces count: the middle of a face has to lie within; nil is the whole picture.
    public var zones: Polygons?
    /// The least score of a short-range detection, 0-1. The full range has to score 0.1 more.
    public var minimumDetectionScore: Float = 0.5
    /// The least presence (the mesh network's own confidence, 0-1) at which a face counts as seen.
    public var minimumPresence: Float = 0.5
    /// How often at most landmarks are placed on a face just found until they stay where they are. A detector's box is a rough guess, on small
    /// faces most of all; in a video the next frames would mend it, a photograph has no next frame.
    public var settlingPasses: Int = 5
    /// Frames that a new face must be seen in before it is reported.
    public var minHits: Int = 1
    /// Seconds that the track of a face waits for it to be seen again.
    public var maxAge: Double = 1
    /// Seconds that the appearance embedding of somebody who left is kept.
    public var reidentificationWindow: Double = 120

    /// The defaults.
    public init() {}

    var rules: TrackRules {
        var rules = TrackRules()
        rules.maximumFaces = maximumFaces
        rules.minHits = max(1, minHits)
        rules.maxAge = maxAge
        rules.reidentificationWindow = reidentificationWindow
        return rules
    }

    var schedule: DetectionSchedule {
        let ranges: DetectionSchedule.Ranges =
            switch detector {
            case .short: .shortOnly
            case .full: .fullOnly
            case .automatic: .both
            }
        return DetectionSchedule(
            interval: detectionInterval, searchInterval: searchInterval, waitingInterval: 0.1, ranges: ranges)
    }
}
