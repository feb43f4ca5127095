internal import Faces
internal import Media

/// The faces of one frame on their way from the tracker to the record.
///
/// Batches are recycled: the arrays in them keep their memory from frame to frame.
///
/// `@unchecked Sendable` because a batch is held by one stage at a time and handed on through a queue.
final class FaceBatch: @unchecked Sendable {
    /// The frame's place in time.
    var timing = VideoFrame.Timing(pts: 0, arrival: 0)
    /// Width of the upright frame in pixels.
    var width = 0
    /// Height of the upright frame in pixels.
    var height = 0
    /// What coordinates in square pixels are divided by, to become pixels as they are stored.
    var squareScale = (x: 1.0, y: 1.0)
    /// Whether the frame came out damaged.
    var isDamaged = false
    /// Frames that were lost since the one before: thinned (handed on by the source) and dropped by the full queue.
    var lossBefore = QueueLoss()
    /// The faces, which each stage adds to.
    var found = FaceList()
    /// Which tracks began and ended with the frame.
    var changes = TrackWatch.Changes()
}
