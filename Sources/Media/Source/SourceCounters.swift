/// What a source has done so far.
public struct SourceCounters: Sendable, Equatable {
    /// Compressed packets of the video stream that were read.
    public var packets = 0
    /// Their bytes.
    public var bytes = 0
    /// Frames decoded, the thinned ones included.
    public var decoded = 0
    /// Frames that thinning dropped after decoding.
    public var thinned = 0
    /// Frames that were not decoded on purpose, while only key frames are.
    public var undecoded = 0
    /// Frames that a live source has sent and that never came, or could not be decoded, as its times tell.
    public var missing = 0
    /// Reads that failed, packets that could not be decoded, and frames that came out damaged.
    public var damaged = 0
    /// Frames whose time is not the stream's own.
    public var estimated = 0

    /// All zero.
    public init() {}
}
