internal import CFFmpeg
internal import Glibc
internal import Platform

/// Owner of an `AVFormatContext`: opens it, finds the video stream, reads its packets.
///
/// Used by one thread only.
final class Demuxer {
    /// What a read gave.
    enum Reading {
        /// A packet of the video stream is in `packet`.
        case packet
        /// A packet of no interest.
        case other
        /// The end of the stream.
        case end
        /// Nothing yet; a device that does not block.
        case empty
        /// libav's error number.
        case failure(Int32)
    }

    let location: MediaLocation
    private let interrupter: Interrupter
    private var context: UnsafeMutablePointer<AVFormatContext>?
    /// What the context reads from where libav is not to read itself.
    private let input: PipeInput?
    /// The video stream's number.
    private(set) var index: Int32 = -1
    /// The packet last read; its content belongs to the demuxer until the next read.
    let packet: UnsafeMutablePointer<AVPacket>
    /// Packets of other video streams since the last one of ours.
    private var packetsOfOther = 0

    /// Opens the source and chooses its video stream.
    ///
    /// - Throws: `MediaError` that names the source and the cause.
    init(_ location: MediaLocation, options: MediaOptions, interrupter: Interrupter) throws(MediaError) {
        _ = Libav.ready
        input = location.isPipe || location.isStandardInput ? try PipeInput(location, interrupter: interrupter) : nil
        guard let packet = av_packet_alloc(), let context = avformat_alloc_context() else {
            throw MediaError(.cannotOpen, source: location.name, reason: "out of memory")
        }
        self.location = location
        self.interrupter = interrupter
        self.packet = packet
        self.context = context
        // Before opening: opening is where a dead peer holds a caller for ever.
        context.pointee.interrupt_callback = interrupter.callback
        if let input { context.pointee.pb = input.context }
        if location.kind == .device { context.pointee.flags |= AVFMT_FLAG_NONBLOCK }
        try open(options)
        try findVideo(options)
    }

    deinit {
        // It may take a second.
        LockRule.mustHoldNone("a source is closed")
        interrupter.allowFarewell(nanoseconds: 1_000_000_000) { avformat_close_input(&context) }
        // What is still read from until then.
        withExtendedLifetime(input) {}
        var packet: UnsafeMutablePointer<AVPacket>? = packet
        av_packet_free(&packet)
    }

    private func open(_ options: MediaOptions) throws(MediaError) {
        var format: UnsafePointer<AVInputFormat>?
        if location.kind == .device {
            if let problem = LibavDevices.problem { throw error(.cannotOpen, problem) }
            format = UnsafePointer(av_find_input_format("v4l2"))
            if format == nil { throw error(.cannotOpen, "this libav was built without V4L2") }
        }
        let own = Libav.openOptions(for: location, options: options)
        var dictionary: OpaquePointer?
        for (key, value) in own.merging(options.libav, uniquingKeysWith: { $1 }) {
            av_dict_set(&dictionary, key, value, 0)
        }
        defer { av_dict_free(&dictionary) }
        let status = location.withURL { avformat_open_input(&context, $0, format, &dictionary) }
        if status < 0 { throw explained(failure(status, doing: "open")) }
        // What is left was understood by nothing. Our own options may be left (a file has no transport), the user's may not.
        var unused: [String] = []
        var entry: UnsafeMutablePointer<AVDictionaryEntry>?
        while let next = av_dict_get(dictionary, "", entry, AV_DICT_IGNORE_SUFFIX) {
            let key = String(cString: next.pointee.key)
            if options.libav[key] != nil { unused.append(key) }
            entry = next
        }
        if let first = unused.sorted().first { throw error(.badOption, "no such option here: \(first)") }
    }

    private func findVideo(_ options: MediaOptions) throws(MediaError) {
        // A camera has said all when it is open, and libav's analysis would spin until its first frame comes.
        let status = location.kind == .device ? 0 : avformat_find_stream_info(context, nil)
        if interrupter.mustGiveUp { throw failure(status, doing: "open") }
        if let wanted = options.stream {
            guard let number = Int32(exactly: wanted), videoStreams.contains(number) else {
                throw error(.badOption, "there is no video stream \(wanted); \(streamList)")
            }
            index = number
        } else {
            let chosen = av_find_best_stream(context, AVMEDIA_TYPE_VIDEO, -1, -1, nil, 0)
            index = isAttachedImage(chosen) ? firstMovingStream() : chosen
        }
        if index < 0 {
            if status < 0 { throw failure(status, doing: "open") }
            throw explained(error(.noVideo, streamCount == 0 ? "there is no stream in it" : "there is no video in it"))
        }
        discardOthers()
    }

    /// True for cover art and the like.
    private func isAttachedImage(_ index: Int32) -> Bool {
        index >= 0 && stream(index).pointee.disposition & AV_DISPOSITION_ATTACHED_PIC != 0
    }

    private func firstMovingStream() -> Int32 { videoStreams.first ?? -1 }

    /// Numbers of the video streams that are no cover art.
    private var videoStreams: [Int32] {
        (0..<streamCount).filter {
            !isAttachedImage($0) && stream($0).pointee.codecpar.pointee.codec_type == AVMEDIA_TYPE_VIDEO
        }
    }

    /// The video streams, for people.
    private var streamList: String {
        let all = videoStreams.map { number in
            let parameters = stream(number).pointee.codecpar.pointee
            return
                "\(number) (\(String(cString: avcodec_get_name(parameters.codec_id))) \(parameters.width)x\(parameters.height))"
        }
        return all.isEmpty ? "there is none" : "there are \(all.joined(separator: ", "))"
    }

    /// Which of several video streams is read, in words; nil where there is one.
    var choice: String? {
        videoStreams.count > 1 ? "video stream \(index) is read of several: \(streamList)" : nil
    }

    private func discardOthers() {
        for index in 0..<streamCount {
            stream(index).pointee.discard = index == self.index ? AVDISCARD_DEFAULT : AVDISCARD_ALL
        }
    }

    private var streamCount: Int32 { Int32(context!.pointee.nb_streams) }

    private func stream(_ index: Int32) -> UnsafeMutablePointer<AVStream> { context!.pointee.streams[Int(index)]! }

    /// The video stream.
    var video: UnsafeMutablePointer<AVStream> { stream(index) }

    /// The aspect of a stored pixel as libav resolves it: the container's, else the frame's own, or before the first frame the codec's.
    func aspect(of frame: UnsafeMutablePointer<AVFrame>?) -> AspectRatio? {
        AspectRatio(av_guess_sample_aspect_ratio(context, video, frame))
    }

    /// True when everything that could be read was.
    var isAtEnd: Bool { context?.pointee.pb.map { avio_feof($0) != 0 } ?? false }

    /// True for containers whose times may start anew in mid-stream.
    var mayRestartTimes: Bool { context!.pointee.iformat.pointee.flags & (AVFMT_TS_DISCONT | AVFMT_NOTIMESTAMPS) != 0 }

    /// True for streams whose times libav makes up: bare H.264, the parts of an HTTP/MJPEG stream.
    var hasNoTimes: Bool { context!.pointee.iformat.pointee.flags & AVFMT_NOTIMESTAMPS != 0 }

    /// libav's name of the container.
    var format: String { String(cString: context!.pointee.iformat.pointee.name) }

    /// The container's own tags.
    var metadata: OpaquePointer? { context!.pointee.metadata }

    /// Seconds; nil when the container does not say.
    var duration: Double? {
        let duration = context!.pointee.duration
        return duration > 0 ? Double(duration) / Double(AV_TIME_BASE) : nil
    }

    /// True for a stream with an end: the container states its length, or its bytes can be read in any order up to a known one. Of a
    /// playlist the latter says nothing: what it lists may go on for ever.
    var hasEnd: Bool {
        if duration != nil { return true }
        guard let input = context!.pointee.pb, !["hls", "dash", "sdp", "concat"].contains(format) else { return false }
        return input.pointee.seekable & AVIO_SEEKABLE_NORMAL != 0 && avio_size(input) > 0
    }

    /// The error that ended what is read from a network, though it looks like its end; nil when there was none.
    var lostConnection: Int32? {
        guard location.isFetched, let status = context?.pointee.pb?.pointee.error, status < 0,
            status != nf_averror_eof()
        else { return nil }
        return status
    }

    /// Reads one packet.
    func read() -> Reading {
        av_packet_unref(packet)
        let status = av_read_frame(context, packet)
        guard status >= 0 else {
            if status == nf_averror_eof() { return .end }
            return status == nf_averror(EAGAIN) ? .empty : .failure(status)
        }
        if packet.pointee.stream_index == index {
            packetsOfOther = 0
            return .packet
        }
        return considerOther(packet.pointee.stream_index) ? .packet : .other
    }

    /// Seconds at which the packet last read is to be shown; nil when it does not say.
    var packetTime: Double? {
        let base = video.pointee.time_base
        let pts = packet.pointee.pts
        return pts == nf_nopts_value() ? nil : Double(pts) * Double(base.num) / Double(base.den)
    }

    /// When the packet last read was taken by its sender's clock, in microseconds of UTC, and its time in seconds; nil where it is not told.
    var senderTime: (wall: Int64, pts: Double)? {
        guard let pts = packetTime,
            let data = av_packet_get_side_data(packet, AV_PKT_DATA_PRFT, nil)
        else { return nil }
        let wall = UnsafeRawPointer(data).loadUnaligned(as: AVProducerReferenceTime.self).wallclock
        return (wall, pts)
    }

    /// A transport stream may end a video stream and go on in another. Fifty packets of another one without one of ours are
    /// taken for that.
    private func considerOther(_ other: Int32) -> Bool {
        guard stream(other).pointee.codecpar.pointee.codec_type == AVMEDIA_TYPE_VIDEO, !isAttachedImage(other) else {
            stream(other).pointee.discard = AVDISCARD_ALL
            return false
        }
        packetsOfOther += 1
        guard packetsOfOther >= 50 else { return false }
        packetsOfOther = 0
        index = other
        discardOthers()
        return true
    }

    /// Goes to a key frame at or before a time; false when the source cannot, and stays where it was.
    ///
    /// - Parameter time: seconds of the stream.
    func seek(to time: Double) -> Bool {
        let base = video.pointee.time_base
        guard !hasNoTimes, base.num > 0 else { return false }
        let ticks = Int64(seconds: time, unitsPerSecond: Double(base.den) / Double(base.num))
        return avformat_seek_file(context, index, .min, ticks, ticks, 0) >= 0
    }

    /// Goes back to the beginning; false when the source cannot.
    func rewind() -> Bool {
        let start = video.pointee.start_time == nf_nopts_value() ? 0 : video.pointee.start_time
        return avformat_seek_file(context, index, .min, start, start, 0) >= 0
            || av_seek_frame(context, index, 0, AVSEEK_FLAG_BYTE) >= 0
    }

    private func error(_ code: MediaError.Code, _ reason: String) -> MediaError {
        MediaError(code, source: location.name, reason: reason)
    }

    /// The error with what the file's own structure tells of it.
    private func explained(_ error: MediaError) -> MediaError {
        guard error.code == .cannotOpen || error.code == .noVideo,
            let extent = location.file.flatMap({ ContainerExtent(path: $0) }), let needed = extent.needed,
            needed > extent.size
        else { return error }
        let shortfall = MediaCompleteness.Shortfall.cutOff(size: extent.size, needed: needed)
        return MediaError(error.code, source: location.name, reason: "\(error.reason); \(shortfall)")
    }

    /// The error for one of libav's numbers.
    func failure(_ status: Int32, doing what: String) -> MediaError {
        Self.failure(status, doing: what, location: location, interrupter: interrupter)
    }
}
