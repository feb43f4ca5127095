public import Expression
internal import FaceTracking

/// What reads the expressions of a frame's faces. Used by one stage, never by two at a time.
public protocol ExpressionReading: AnyObject {
    /// The side of the crops that it reads, in pixels.
    var cropSize: Int { get }

    /// Reads the faces of the next frame; the results are in the order of the faces.
    ///
    /// - Parameters:
    ///   - pts: seconds of the stream, not decreasing within an epoch.
    ///   - epoch: counts the stream's breaks.
    func analyze(_ faces: [FaceObservation], pts: Double, epoch: Int) throws -> [FaceExpression]

    /// Takes the face of a track for its neutral one in the next frame in which it is seen.
    ///
    /// - Parameter track: nil for every track that is known; when none is, for the faces of the next frame that has any.
    func markNeutral(track: Int?)

    /// Learns no baseline any further.
    func freezeBaselines()

    /// Forgets a track whose id will not be used again.
    func forget(track: Int)
}

extension ExpressionReading {
    /// That of the tracker's own crop.
    public var cropSize: Int { TrackedFace.cropSize }
}

extension ExpressionAnalyzer: ExpressionReading {
    /// The size that the bundle's networks were trained on.
    public var cropSize: Int { bundle.inputSize }
}
