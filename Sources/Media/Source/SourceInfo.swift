/// What is known of a source once it is open.
public struct SourceInfo: Sendable, Equatable {
    /// Where the UTC time of a recording's frames comes from.
    public enum Clock: Sendable, Equatable {
        /// It is not known, or it is the machine's own clock.
        case none
        /// A tag of the file.
        case tag(RecordingTime)
        /// The sender's own clock.
        case sender
        /// The user's word: microseconds of UTC since 1970 of the first frame.
        case given(Int64)
    }

    /// The source's name with its password scrubbed.
    public var name: String
    /// libav's name of the container or protocol, such as `mov,mp4,m4a,3gp,3g2,mj2`.
    public var format: String
    /// libav's name of the codec, such as `h264`.
    public var codec: String
    /// libav's name of the stored pixel format, such as `yuv420p10le`; empty when not known before the first frame.
    public var pixelFormat: String
    /// libav's name of the transfer characteristics, such as `bt709`, `arib-std-b67` or `smpte2084`, which is mapped to SDR; empty before the first
    /// frame.
    public var transfer = ""
    /// Width of the upright frame in pixels.
    public var width: Int
    /// Height of the upright frame in pixels.
    public var height: Int
    /// Width of a pixel of the upright frame to its height, as it is to be shown.
    public var pixelAspect: AspectRatio
    /// Frames a second as the container states it; nil when it does not.
    public var nominalRate: Double?
    /// Seconds; nil when not known.
    public var duration: Double?
    /// Frames, as the container counts them or from duration and rate; nil when not known.
    public var frameCountEstimate: Int?
    /// Seconds of the stream's first timestamp; nil when not known.
    public var startTime: Double?
    /// How the stored frame is turned to stand upright.
    public var orientation: Orientation
    /// True for cameras and network streams, which do not wait for their reader. False for files, and for what is fetched from a web server
    /// (http, https, ftp, sftp, smb) and has an end: the container states its length, or its bytes can be read in any order up to a
    /// known one.
    public var isLive: Bool
    /// Seconds that a live source may be read late before what it sends is lost: some where it is pulled from a server piece by piece (HLS, DASH), part
    /// of one where the network's buffers hold what comes, 0 for cameras.
    public internal(set) var patience = 0.0
    /// Whether what is live is fetched piece by piece, each of several seconds, from a server that keeps it for a while.
    var comesInPieces: Bool { isLive && ["hls", "dash"].contains(format) }
    /// When the recording was begun, as its file says; nil when it says nothing.
    public var recorded: RecordingTime?
    /// Where the UTC time of the frames comes from.
    public internal(set) var clock = Clock.none
    /// Number of the video stream in its container, from 0.
    public internal(set) var stream = 0

    package init(
        name: String, format: String, codec: String, pixelFormat: String, width: Int, height: Int, nominalRate: Double?,
        duration: Double?, frameCountEstimate: Int?, startTime: Double?, orientation: Orientation, isLive: Bool,
        pixelAspect: AspectRatio = .square, recorded: RecordingTime? = nil
    ) {
        self.name = name
        self.format = format
        self.codec = codec
        self.pixelFormat = pixelFormat
        self.width = width
        self.height = height
        self.pixelAspect = pixelAspect
        self.nominalRate = nominalRate
        self.duration = duration
        self.frameCountEstimate = frameCountEstimate
        self.startTime = startTime
        self.orientation = orientation
        self.isLive = isLive
        self.recorded = recorded
    }
}
