/// What a tracker has done since it was made.
public struct TrackerCounters: Sendable, Equatable {
    /// Frames processed.
    public var frames = 0
    /// Detector runs.
    public var detections = 0
    /// Landmark network runs.
    public var meshes = 0
    /// Faces reported.
    public var faces = 0
    /// Identity network runs.
    public var identifications = 0

    /// All zero.
    public init() {}
}
