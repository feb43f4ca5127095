public import Faces
public import Media

/// The faces of a frame as they were read, with their pixels.
public struct FaceFrame {
    /// The number of the frame's record.
    public let sequence: Int
    /// The frame's place in time and in the stream.
    public let timing: VideoFrame.Timing
    /// What coordinates in square pixels are divided by, to become pixels as they are stored.
    public let squareScale: (x: Double, y: Double)
    /// The faces, by ascending track id. Values are used again: who keeps one keeps a copy.
    public let faces: [Face]

    /// Makes the faces of a frame.
    package init(sequence: Int, timing: VideoFrame.Timing, squareScale: (x: Double, y: Double), faces: [Face]) {
        (self.sequence, self.timing, self.squareScale, self.faces) = (sequence, timing, squareScale, faces)
    }
}

/// Takes the faces themselves, beside the records. Called on the pipeline's last stage, in order, before values are smoothed with the future.
public protocol FaceOutput: Sendable {
    /// Takes the faces of the next frame.
    ///
    /// - Throws: what ends the analysis.
    func take(_ frame: borrowing FaceFrame) throws
}
