public import Media

/// What gives frames one by one. Used by one capture thread.
public protocol FrameSource: AnyObject {
    /// The next frame, or nil at the end. Blocks.
    func next() throws(MediaError) -> VideoFrame?

    /// Which frames are given out from the next one on.
    var thinning: MediaSource.Thinning { get set }

    /// Whether it does not wait for its reader, as far as is known once it is open.
    var isLive: Bool { get }
}

extension MediaSource: FrameSource {
    /// Whether it does not wait for its reader.
    public var isLive: Bool { info.isLive }
}
