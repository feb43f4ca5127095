public import Media

/// What gives frames one by one. Used by one capture thread.
public protocol FrameSource: AnyObject {
    /// The next frame, or nil at the end. Blocks.
    func next() throws(MediaError) -> VideoFrame?

    /// Which frames are given out from the next one on.
    var thinning: MediaSource.Thinning { get set }
}

extension MediaSource: FrameSource {}
