public import Media

/// The way into a pipeline for the frames of one connection of its source. Used by one capture thread.
public struct FrameIntake: FrameTaking, Sendable {
    let pipeline: SourcePipeline
    let generation: Int

    /// Gives a frame to the pipeline. In a pipeline for files this waits for room.
    ///
    /// - Returns: false when no more frames are wanted: the pipeline is ending, or another intake has taken this one's place.
    @discardableResult
    public func push(_ frame: VideoFrame) -> Bool {
        pipeline.push(frame, generation: generation)
    }

    /// Whether frames are still wanted.
    public var isOpen: Bool { pipeline.isOpen(generation: generation) }

    /// How far the source should be thinned now.
    public var thinning: MediaSource.Thinning { pipeline.thinning }
}
