public import Media
public import Records

/// What is opened and read picture by picture: `MediaSource`; tests bring their own.
public protocol PictureReading: AnyObject {
    /// What is known of it; for the reading thread.
    var info: SourceInfo { get }
    /// What it has done; from any thread.
    var counters: SourceCounters { get }
    /// Which pictures it gives out; from any thread.
    var thinning: MediaSource.Thinning { get set }
    /// The next picture, nil at the end. Blocks.
    func next() throws(MediaError) -> VideoFrame?
}

extension MediaSource: PictureReading {}

/// Takes the pictures of one connection; false when no more are wanted.
public typealias PictureConsumer = (_ picture: VideoFrame) -> Bool

/// Who takes what a source gives. All of it is called on the source's own thread.
public struct SourceHandlers: Sendable {
    /// The source is open, for the first time or again. The consumer of a live source's pictures returns at once; a
    /// file's may hold the thread while it is busy.
    public var connected: @Sendable (_ reader: any PictureReading) -> PictureConsumer
    /// Something to tell subscribers: `stream_lost`, `recovered`, `ended`.
    public var event: @Sendable (_ event: EventRecord) -> Void

    /// Makes handlers.
    public init(
        connected: @escaping @Sendable (_ reader: any PictureReading) -> PictureConsumer,
        event: @escaping @Sendable (_ event: EventRecord) -> Void
    ) {
        self.connected = connected
        self.event = event
    }
}

/// Opens a source for the epoch that its first picture is to have.
package typealias SourceOpener =
    @Sendable (_ interrupter: Interrupter, _ epoch: Int) throws(MediaError) -> any PictureReading
