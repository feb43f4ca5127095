package import Media
public import Pipeline
public import Records

/// Who takes what a source gives. All of it is called on the source's own thread.
public struct SourceHandlers: Sendable {
    /// The source is open, for the first time or again. Who takes a live source's frames returns at once; a file's may hold the
    /// thread while it is busy.
    public var connected: @Sendable (_ source: any FrameSource) -> any FrameTaking
    /// Something to tell subscribers: `stream_lost`, `recovered`, `ended`.
    public var event: @Sendable (_ event: EventRecord) -> Void

    /// Makes handlers.
    public init(
        connected: @escaping @Sendable (_ source: any FrameSource) -> any FrameTaking,
        event: @escaping @Sendable (_ event: EventRecord) -> Void
    ) {
        self.connected = connected
        self.event = event
    }
}

/// Opens a source for the epoch that its first frame is to have.
package typealias SourceOpener =
    @Sendable (_ interrupter: Interrupter, _ epoch: Int) throws(MediaError) -> any FrameSource
