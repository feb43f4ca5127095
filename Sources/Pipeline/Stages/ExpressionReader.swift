public import Expression
public import Faces

/// What reads the expressions of a frame's faces. Used by one stage, never by two at a time.
public protocol ExpressionReader: AnyObject {
    /// Reads the faces of the next frame, and fills in what it reads.
    ///
    /// - Parameters:
    ///   - faces: with crop and geometry.
    ///   - pts: seconds of the stream, not decreasing within an epoch.
    ///   - epoch: counts the stream's breaks.
    func analyze(_ faces: inout [Face], pts: Double, epoch: Int) throws

    /// Takes the face of a track for its neutral one in the next frame in which it is seen.
    ///
    /// - Parameter track: nil for every track that is known; when none is, for the faces of the next frame that has any.
    func markNeutral(track: Int?)

    /// Learns no baseline any further.
    func freezeBaselines()

    /// Forgets a track whose id will not be used again.
    func forget(track: Int)
}

extension ExpressionAnalyzer: ExpressionReader {}
