internal import JSON

/// What a video is and how its frames were read: the key `video` of a sidecar.
public struct VideoInfo: Sendable, Equatable {
    /// libav's name of the container.
    public var format = ""
    /// libav's name of the codec.
    public var codec = ""
    /// Number of the video stream in the container, from 0.
    public var stream = 0
    /// libav's name of the stored pixel format.
    public var pixelFormat = ""
    /// Width of the upright frame in stored pixels, as in the records.
    public var width = 0
    /// Height of the upright frame in stored pixels.
    public var height = 0
    /// Width of a pixel to its height, `64:45`.
    public var pixelAspect = "1:1"
    /// True when the aspect was given by the user and not by the recording.
    public var isAspectGiven = false
    /// Degrees, clockwise, by which the stored frame was turned; and whether it was mirrored before.
    public var rotation = 0
    /// Whether the stored frame was mirrored.
    public var isMirrored = false
    /// libav's name of the transfer characteristics; empty when not stated.
    public var transfer = ""
    /// What high dynamic range was mapped by; nil for the usual range.
    public var toneMapping: String?
    /// Frames a second as the container states it; nil when it does not.
    public var rate: Double?
    /// Seconds of the stream's first timestamp, as the container states it; nil when it does not.
    public var start: Double?
    /// Where `time` of the records comes from: `none`, `given`, or the tag's name.
    public var clock = "none"
    /// UTC of the first frame in microseconds since 1970; nil when not known or not trusted.
    public var recorded: Int64?
    /// SHA-256 of the file in lower-case hexadecimal digits; nil when it was not asked for.
    public var sha256: String?

    /// Nothing is known.
    public init() {}

    func write(to writer: inout JSONWriter) {
        writer.key("video")
        writer.beginObject()
        writer.member("format", format)
        writer.member("codec", codec)
        writer.member("stream", stream)
        writer.member("pixel_format", pixelFormat)
        writer.member("width", width)
        writer.member("height", height)
        writer.member("pixel_aspect", pixelAspect)
        if isAspectGiven { writer.member("aspect_given", true) }
        writer.member("rotation", rotation)
        if isMirrored { writer.member("mirrored", true) }
        if !transfer.isEmpty { writer.member("transfer", transfer) }
        if let toneMapping { writer.member("tone_mapping", toneMapping) }
        if let rate { writer.member("rate", rate, decimals: 6) }
        if let start { writer.member("start", start, decimals: 6) }
        writer.member("clock", clock)
        if let recorded {
            writer.key("recorded")
            writer.time(microseconds: recorded)
        }
        if let sha256 { writer.member("sha256", sha256) }
        writer.endObject()
    }
}
