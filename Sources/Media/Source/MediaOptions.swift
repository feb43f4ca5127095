public import Imaging

/// How a source is opened and read.
public struct MediaOptions: Sendable, Equatable {
    /// How RTSP carries its packets.
    public enum Transport: String, Sendable, CaseIterable {
        /// Interleaved in the control connection: nothing is lost, firewalls let it through.
        case tcp
        /// Datagrams: less delay where the network loses nothing.
        case udp
    }

    /// Where the UTC time of a recording's frames comes from.
    public enum Clock: Sendable, Equatable {
        /// Their time is not known.
        case none
        /// The file's own tag, where it names its time zone in digits (`RecordingTime.hasZone`): that is not written by mistake.
        case trustedTag
        /// The file's own tag (`SourceInfo.recorded`) is the time of the first frame.
        case tag
        /// The first frame was taken so many microseconds of UTC after 1970 began.
        case start(Int64)
    }

    /// Where the UTC time of a live source's frames comes from.
    public enum LiveClock: String, Sendable, CaseIterable {
        /// The moments at which they arrive, less the part of their delay that varies (`WallClockEstimator`).
        case arrival
        /// The sender's own clock, where it tells it in RTCP sender reports (RFC 3550, 6.4.1), and `arrival` until it does.
        case sender
    }

    /// What decodes the frames.
    public enum DecoderChoice: Sendable, Equatable {
        /// The processor.
        case software
        /// The first device of this machine that can, else the processor.
        case automatic
        /// A device of the kind that libav knows by this name, such as `vaapi` or `cuda`; the processor where there is none, which is told.
        case device(String)

        /// The kinds of devices that this libav was built with.
        public static var devices: [String] { HardwareDevice.kinds }
    }

    /// What is asked of a webcam; nil leaves it to the driver.
    public struct Device: Sendable, Equatable {
        /// The driver's stream format, such as `mjpeg` or `yuyv422`.
        public var inputFormat: String?
        /// Width in pixels; asked for together with `height`.
        public var width: Int?
        /// Height in pixels.
        public var height: Int?
        /// Frames a second.
        public var rate: Double?

        /// Asks for what is given.
        public init(inputFormat: String? = nil, width: Int? = nil, height: Int? = nil, rate: Double? = nil) {
            self.inputFormat = inputFormat
            self.width = width
            self.height = height
            self.rate = rate
        }
    }

    /// Deadlines of a live source. Files have none.
    public struct Deadlines: Sendable, Equatable {
        /// From the first byte to knowing the streams.
        public var open: Duration
        /// From there to the first decoded frame.
        public var firstFrame: Duration
        /// The shortest silence that counts as a stall; it grows with the source's own interval (`StallDetector`). Nil: 2 s, and 10 s for
        /// what comes in pieces (HLS, DASH) and for recordings on a server.
        public var stall: Duration?

        /// Ten seconds for the first two, unless told otherwise.
        public init(
            open: Duration = .seconds(10), firstFrame: Duration = .seconds(10), stall: Duration? = nil
        ) {
            self.open = open
            self.firstFrame = firstFrame
            self.stall = stall
        }
    }

    /// Threads of the decoder. Files use them on several frames at once, live sources on the parts of one, since frames
    /// in flight are delay.
    public var threads = 2
    /// True: a file is given out at its own pace, as if it were a camera.
    public var realtime = false
    /// True: a file begins again when it ends, for ever, each time in a new epoch.
    public var loops = false
    /// How RTSP carries its packets.
    public var transport = Transport.tcp
    /// What is asked of a webcam.
    public var device = Device()
    /// Deadlines of a live source.
    public var deadlines = Deadlines()
    /// Bytes that are read to find the streams; nil is libav's choice for files and 1 MiB for live sources.
    public var probeBytes: Int?
    /// Media time that is read to find the streams; nil is libav's choice for files and 0.5 s for live sources.
    public var analyzeDuration: Duration?
    /// Where the UTC time of a file's frames comes from; live sources have the machine's own clock, and so has a file at its own pace.
    public var clock = Clock.trustedTag
    /// Where the UTC time of a live source's frames comes from.
    public var liveClock = LiveClock.arrival
    /// What decodes the frames.
    public var decoder = DecoderChoice.software
    /// Seconds of the stream (as in `VideoFrame.Timing.pts`) of the first frame that is given out of a file; nil begins at its beginning.
    public var start: Double?
    /// Seconds of the stream at which a file ends: frames from there on are not given out; nil reads to its end.
    public var end: Double?
    /// Number of the video stream in the container, from 0, as ffprobe counts them; nil takes libav's choice.
    public var stream: Int?
    /// Width to height of the upright frame as it is to be shown, for recorders that say nothing of it or the wrong thing; nil believes
    /// the recording.
    public var displayAspect: AspectRatio?
    /// Parts of the upright frame that are made black before anybody sees them; nil for none.
    public var mask: Polygons?
    /// Bytes by which the process may grow while a server is opened or read until the next frame (`GrowthBound`).
    public var growthLimit = 512 << 20
    /// Options passed to libav's demuxer and protocol by their own names. One that nothing takes is an error.
    public var libav: [String: String] = [:]

    /// The defaults.
    public init() {}
}

extension Duration {
    /// The duration in nanoseconds, at most some 290 years.
    package var nanoseconds: Int64 {
        let (seconds, attoseconds) = components
        let (whole, overflow) = seconds.multipliedReportingOverflow(by: 1_000_000_000)
        return overflow ? .max : whole &+ attoseconds / 1_000_000_000
    }
}
