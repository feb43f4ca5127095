/// What a source has done so far.
public struct SourceCounters: Sendable, Equatable {
    /// Compressed packets of the video stream that were read.
    public var packets = 0
    /// Their bytes.
    public var bytes = 0
    /// Pictures decoded, the thinned ones included.
    public var decoded = 0
    /// Pictures that thinning dropped after decoding.
    public var thinned = 0
    /// Reads that failed, packets that could not be decoded, and pictures that came out damaged.
    public var damaged = 0
    /// Pictures whose time is not the stream's own.
    public var estimated = 0

    /// All zero.
    public init() {}
}
