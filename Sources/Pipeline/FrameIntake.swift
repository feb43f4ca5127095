public import Media

/// The way into a pipeline for the frames of one connection of its source. Used by one capture thread.
public struct FrameIntake: FrameTaking, Sendable {
    let pipeline: SourcePipeline
    let generation: Int
    /// Seconds that frames may be late before they are no longer waited for (`SourceInfo.patience`).
    let patience: Double

    /// Gives a frame to the pipeline. In a pipeline for files this waits for room; in a live one it does as long as the frame is not later than
    /// the source's patience allows.
    ///
    /// - Returns: false when no more frames are wanted: the pipeline is ending, or another intake has taken this one's place.
    @discardableResult
    public func push(_ frame: VideoFrame) -> Bool {
        pipeline.push(frame, generation: generation, patience: patience)
    }

    /// Counts frames that were lost after the last one; the next connection's first frame tells them.
    public func note(lost: FrameLoss) { pipeline.note(lost: lost, generation: generation) }

    /// Whether frames are still wanted.
    public var isOpen: Bool { pipeline.isOpen(generation: generation) }

    /// How far the source should be thinned now.
    public var thinning: MediaSource.Thinning { pipeline.thinning }
}
