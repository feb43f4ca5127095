public import Media

/// What is opened and gives frames one by one: `MediaSource`; tests bring their own. Read by one capture thread.
public protocol FrameSource: AnyObject {
    /// What is known of it; for the reading thread.
    var info: SourceInfo { get }
    /// What it has done; from any thread.
    var counters: SourceCounters { get }
    /// Which frames are given out from the next one on; from any thread.
    var thinning: MediaSource.Thinning { get set }
    /// What was lost since the last frame that was given out: no frame tells it when none follows. For the reading thread.
    var untold: FrameLoss { get }
    /// The next frame, or nil at the end. Blocks.
    func next() throws(MediaError) -> VideoFrame?
}

extension FrameSource {
    /// Nothing.
    public var untold: FrameLoss { FrameLoss() }
}

extension MediaSource: FrameSource {}

/// Who takes the frames of one connection of a source: `FrameIntake`; tests bring their own. Called on the source's capture thread.
public protocol FrameTaking {
    /// Whether frames are still wanted.
    var isOpen: Bool { get }
    /// How far the source should be thinned now.
    var thinning: MediaSource.Thinning { get }
    /// Takes a frame; false when no more are wanted.
    func push(_ frame: VideoFrame) -> Bool
    /// Takes note of frames that were lost after the last one, at the end of the connection.
    func note(lost: FrameLoss)
}

/// Why a source is read no further.
public enum CaptureEnd: Sendable, Equatable {
    /// It came to its end.
    case ended
    /// Who takes the frames wants no more.
    case unwanted
    /// Who watches over the reading has given this thread up.
    case abandoned
}

extension FrameSource {
    /// Reads until the end, or until no more frames are wanted. This is the one loop in which sources are read.
    ///
    /// - Parameters:
    ///   - taker: takes the frames, and says how far the source is thinned.
    ///   - note: told of each frame before it is taken; false ends the reading, and the frame is not taken.
    /// - Throws: what the source throws.
    public func deliver(
        to taker: some FrameTaking, noting note: (VideoFrame) -> Bool = { _ in true }
    ) throws(MediaError) -> CaptureEnd {
        defer { taker.note(lost: untold) }
        while taker.isOpen {
            thinning = taker.thinning
            guard let frame = try next() else { return .ended }
            guard note(frame) else { return .abandoned }
            guard taker.push(frame) else { return .unwanted }
        }
        return .unwanted
    }
}
