public import Faces
public import Media

/// Is shown what a source sees while it is analysed, such as for a page that people look at.
///
/// Both calls hold up the analysis for as long as they last, and come on queues of the pipeline's.
public protocol FrameViewer: AnyObject, Sendable {
    /// A frame, and the faces that were found in it.
    func see(_ frame: VideoFrame, _ faces: [Face])
}
