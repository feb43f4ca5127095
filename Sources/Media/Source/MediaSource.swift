internal import CFFmpeg
internal import Glibc
internal import Platform
internal import Synchronization

/// A video file, camera or stream: opened once, read frame by frame until it ends or fails, never reopened.
///
/// All of it belongs to the one thread that opens and reads it, and that thread may block. From other threads only the
/// `Interrupter` that it was given may be used, `thinning`, and `counters`.
///
/// `@unchecked Sendable` because libav's contexts are touched by the reading thread only, and what other threads may use is
/// atomic or behind a lock.
public final class MediaSource: @unchecked Sendable {
    /// Which frames are given out; the others are decoded where that is needed, dropped and counted.
    public enum Thinning: Int, Sendable, CaseIterable, Comparable {
        /// Every frame.
        case all
        /// Every second.
        case half
        /// Every fourth.
        case quarter
        /// Those that need no other to be decoded: the rest is not even decoded.
        case keyframes

        /// The finer thinning is the smaller.
        public static func < (a: Thinning, b: Thinning) -> Bool { a.rawValue < b.rawValue }
    }

    /// Read errors in a row after which a source is given up; one alone is passed over (mpv's rule).
    static let toleratedReadErrors = 10

    /// What was found when it was opened; size and format are those of the newest frame. For the reading thread only.
    public internal(set) var info: SourceInfo

    /// What is odd about the recording and was worked around, each once, in words for people. For the reading thread only.
    public private(set) var remarks: [String] = []

    let location: MediaLocation
    let options: MediaOptions
    let interrupter: Interrupter
    var demuxer: Demuxer
    var decoder: Decoder
    let pool: FramePool
    let maker: FrameConverter
    var tracker: TimestampTracker
    /// The tracker as it was before the first frame.
    let freshTracker: TimestampTracker
    /// How decoders of this source use threads that are not to work on several frames at once.
    let threading: Decoder.Threading
    var ledger = DamageLedger()
    /// Something was wrong with what was read.
    var isFaulty = false
    /// Packets that the decoder was given.
    var sent: Int64 = 0
    /// Frames that were given out before reading started over.
    var passOver = 0
    /// Whether reading begins at a key frame before the start that was asked for, instead of at the beginning.
    var hasSought = false
    /// Whether looking for that start in the file has been given up: then all before it is read.
    var mustReadAll = false
    /// Seconds of the recording that lie before the first frame that was read.
    var passedOver = 0.0
    /// Frames within the part that was asked for, and whether its end was reached.
    var inPart = 0
    var isPastEnd = false
    /// How long the file should be; nil for what is no local file.
    let extent: ContainerExtent?
    /// How long the recording has run so far.
    var elapsed = ElapsedTime()
    /// The error that ended the reading of a file; nil when there was none.
    var lastFailure: Int32?
    var isAnimatedWebP = false
    /// What the last packet of a still image said of its orientation.
    var photoOrientation: Orientation?
    var decodingTimes = DecodingTimes()
    /// The stream's own time of the newest frame, in its unit.
    var lastTicks: Int64?
    var stall: StallDetector
    var wallClock = WallClockEstimator()
    var senderClock = SenderClock()
    var pacer = Pacer()
    var shape: Shape?
    /// What the last frame that said so said of its orientation.
    var frameOrientation: Orientation?
    /// The aspect that was last told to be passed over.
    var strangeAspect: AspectRatio?
    var isDraining = false
    var readErrors = 0
    var index = 0
    /// What was lost since the last frame that was given out.
    var loss = FrameLoss()
    var missingFrames = MissingFrames()
    /// Frames that were not decoded on purpose since the last decoded one.
    var undecodedBefore = 0
    /// Only key frames are decoded, until the first of them after thinning has ended.
    var decodesKeysOnly = false
    /// The stream's own time of the newest frame in seconds, before it is mended; nil when it has none.
    var rawTime: Double?
    /// When the last sound frame came, or reading began; later by the time that was spent outside `next()`.
    var soundAt: Int64?
    /// When `next()` last returned.
    var leftAt: Int64 = 0
    /// When the packet last read arrived.
    var arrival: Int64 = 0
    private let wantedThinning = Atomic<Int>(Thinning.all.rawValue)
    private let count = Guarded(SourceCounters())

    /// What must stay the same for frames to belong to one epoch.
    struct Shape: Equatable {
        var width: Int32
        var height: Int32
        var pixels: Int32
        var codec: UInt32
        var aspect: AspectRatio
    }

    /// Opens a file, device or URL and finds its video stream and decoder. Blocks.
    ///
    /// - Parameters:
    ///   - source: a path, a URL, a device's path (`/dev/video0`, `/dev/v4l/by-id/...`), or `-` for standard input.
    ///   - options: how it is opened and read.
    ///   - interrupter: ends the opening, and every read after it, from another thread.
    ///   - epoch: the number of the first epoch.
    /// - Throws: `MediaError` that names the source, without its password, and the cause.
    public convenience init(
        _ source: String, options: MediaOptions = MediaOptions(), interrupter: Interrupter = Interrupter(),
        epoch: Int = 0
    ) throws(MediaError) {
        try self.init(MediaLocation(source), options: options, interrupter: interrupter, epoch: epoch)
    }

    /// Opens what is at a location, as above.
    public init(
        _ location: MediaLocation, options: MediaOptions = MediaOptions(), interrupter: Interrupter = Interrupter(),
        epoch: Int = 0
    ) throws(MediaError) {
        self.location = location
        self.options = options
        self.interrupter = interrupter
        interrupter.arm(after: location.isLive ? options.deadlines.open.nanoseconds : nil)
        defer { interrupter.arm(after: nil) }
        interrupter.growth.set(location.kind == .network ? options.growthLimit : nil)
        interrupter.growth.begin()
        demuxer = try Demuxer(location, options: options, interrupter: interrupter)
        // A recording on a web server has an end and waits for its reader. A camera behind RTSP may state a length too.
        let isLive = location.isLive && !(location.isFetched && demuxer.hasEnd)
        // Several frames at once only where a fault can be answered by starting over.
        extent = location.file.flatMap { ContainerExtent(path: $0) }
        threading = isLive ? .slices(options.threads) : .none
        decoder = try Decoder(
            for: demuxer.video, live: isLive, threading: extent != nil ? .frames(options.threads) : threading,
            choice: options.decoder, source: location.name)
        pool = FramePool()
        maker = FrameConverter(pool: pool, mask: options.mask.map(FrameMask.init))
        let rules: TimestampTracker.Rules = isLive ? .live : demuxer.mayRestartTimes ? .transportStream : .container
        freshTracker = TimestampTracker(rules: rules, epoch: epoch)
        tracker = freshTracker
        info = SourceInfo(demuxer: demuxer, decoder: decoder, isLive: isLive)
        let silence = options.deadlines.stall ?? .seconds(!isLive || info.comesInPieces ? 10 : 2)
        stall = StallDetector(floor: silence.nanoseconds, expecting: info.nominalRate.map { 1 / $0 })
        info.patience = patience
        if let note = decoder.note { remark(note) }
        // A piece comes at once, when the first of its frames is as old as the piece is long.
        if info.comesInPieces { wallClock = WallClockEstimator(greatestDelay: 30_000_000) }
        if let wanted = options.displayAspect, info.width > 0,
            wanted.pixel(width: info.width, height: info.height) == nil
        {
            throw MediaError(
                .badOption, source: location.name,
                reason: "an aspect of \(wanted) does not fit a frame of \(info.width)x\(info.height)")
        }
        if options.clock == .tag, !isLive, info.recorded == nil {
            remark("no tag says when it was recorded; the records have no time")
        }
        info.clock = chosenClock
        info.stream = Int(demuxer.index)
        if options.stream == nil, !isLive, let choice = demuxer.choice { remark(choice) }
        try goToStart()
        info.pixelAspect = pixelAspect(of: nil, width: info.width, height: info.height, orientation: info.orientation)
    }

    /// Ends a blocking `next()` at once, and every later one; from any thread.
    public func interrupt() { interrupter.interrupt() }

    /// Which frames are given out; may be set from any thread and holds from the next frame on.
    public var thinning: Thinning {
        get { Thinning(rawValue: wantedThinning.load(ordering: .relaxed)) ?? .all }
        set { wantedThinning.store(newValue.rawValue, ordering: .relaxed) }
    }

    /// What was lost since the last frame that was given out. For the reading thread only.
    public var untold: FrameLoss { loss }

    /// What the source has done so far; from any thread.
    public var counters: SourceCounters { count.withLock { $0 } }

    /// Adds a remark, and writes it to the log.
    func remark(_ text: String) {
        guard remarks.count < 100, !remarks.contains(text) else { return }
        remarks.append(text)
        LibavLog.tell(.warning, "\(info.name): \(text)")
    }

    func tally(_ change: (inout SourceCounters) -> Void) { count.withLock { change(&$0) } }
}
