internal import CFFmpeg
internal import Glibc
public import Platform
public import SystemPackage

/// Writes pictures as a video file, with the sound of the recording that they come from.
///
/// What is written stands under a name of its own until `finish`, so that a file of the wanted name is always whole. Used by one thread only.
public final class VideoWriter {
    /// How a file is written.
    public struct Options: Sendable {
        /// Width of a pixel to its height.
        public var pixelAspect = AspectRatio.square
        /// Frames a second, as players are told; the times of the frames count.
        public var rate: Double?
        /// The recording whose sound is copied; nil leaves the video silent.
        public var sound: MediaLocation?
        /// Seconds of the recording before which its sound is left out; nil copies it from the beginning.
        public var soundStart: Double?
        /// Encoder threads.
        public var threads = 2

        /// The defaults.
        public init() {}
    }

    /// Encoders by what a file's name ends with, the best first.
    private static let encoders: [String: [String]] = [
        "webm": ["libvpx-vp9", "libvpx"], "avi": ["mpeg4"],
    ]
    private static let usualEncoders = ["libx264", "libopenh264", "mpeg4"]
    /// What the encoders are asked for: hardly visible losses, at a speed that does not hold up the analysis.
    private static let settings: [String: [String: String]] = [
        "libx264": ["crf": "19", "preset": "veryfast"], "libvpx-vp9": ["crf": "30", "b": "0", "cpu-used": "6"],
        "mpeg4": ["qscale": "3", "global_quality": "354", "flags": "+qscale"],
    ]
    /// Ticks of a second.
    private static let unit: Int32 = 90_000

    /// What is odd and was worked around, in words for people.
    public private(set) var remarks: [String] = []

    private let path: FilePath
    private let unfinished: FilePath
    private var output: UnsafeMutablePointer<AVFormatContext>?
    private var encoder: UnsafeMutablePointer<AVCodecContext>?
    private var packet: UnsafeMutablePointer<AVPacket>?
    private var video: UnsafeMutablePointer<AVStream>?
    private var soundStream: UnsafeMutablePointer<AVStream>?
    private var sound: SoundCopy?
    private var last: Int64?
    private var isFinished = false

    /// Begins a file for pictures of this size.
    ///
    /// - Throws: `Failure` that names the file: its name says no container that libav can write, or it cannot be made.
    public init(_ path: FilePath, like picture: Picture, options: Options) throws(Failure) {
        _ = Libav.ready
        self.path = path
        unfinished = path.adding(".part")
        guard let format = Self.format(of: path),
            avformat_alloc_output_context2(&output, format, nil, nil) >= 0, let output
        else {
            throw Failure(.usage, "\(path): the name says no kind of video file; .mp4, .mkv and .webm are some")
        }
        packet = av_packet_alloc()
        let globalHeader = output.pointee.oformat.pointee.flags & AVFMT_GLOBALHEADER != 0
        try openEncoder(picture, options, globalHeader: globalHeader)
        guard let video = avformat_new_stream(output, nil), let encoder,
            avcodec_parameters_from_context(video.pointee.codecpar, encoder) >= 0
        else { throw Failure(.cannotCreate, "\(path): no memory for a video") }
        video.pointee.time_base = encoder.pointee.time_base
        video.pointee.sample_aspect_ratio = encoder.pointee.sample_aspect_ratio
        if let rate = options.rate { video.pointee.avg_frame_rate = av_d2q(rate, 100_000) }
        self.video = video
        if let location = options.sound { addSound(of: location, from: options.soundStart) }
        var status = unfinished.withPlatformString { avio_open(&output.pointee.pb, $0, AVIO_FLAG_WRITE) }
        if status >= 0 { status = avformat_write_header(output, nil) }
        guard status >= 0 else { throw Failure(.cannotCreate, "\(path): \(MediaError.words(for: status))") }
    }

    /// Whether the name of a file says a kind of video file.
    public static func writes(_ path: FilePath) -> Bool { format(of: path) != nil }

    /// The container that a name says; nil for sound and for pictures.
    private static func format(of path: FilePath) -> UnsafePointer<AVOutputFormat>? {
        _ = Libav.ready
        guard let format = av_guess_format(nil, path.string, nil), format.pointee.flags & AVFMT_NOFILE == 0,
            format.pointee.video_codec != AV_CODEC_ID_NONE
        else { return nil }
        return format
    }

    deinit {
        if !isFinished {
            if let output { avio_closep(&output.pointee.pb) }
            _ = unfinished.withPlatformString { unlink($0) }
        }
        avcodec_free_context(&encoder)
        av_packet_free(&packet)
        avformat_free_context(output)
    }

    private func openEncoder(_ picture: Picture, _ options: Options, globalHeader: Bool) throws(Failure) {
        let names = Self.encoders[path.extension?.lowercased() ?? ""] ?? Self.usualEncoders
        for name in names {
            guard let codec = avcodec_find_encoder_by_name(name), let context = avcodec_alloc_context3(codec) else {
                continue
            }
            context.pointee.width = Int32(picture.width)
            context.pointee.height = Int32(picture.height)
            context.pointee.pix_fmt = AV_PIX_FMT_YUV420P
            context.pointee.time_base = AVRational(num: 1, den: Self.unit)
            // MPEG-4 counts in units of its own, and has sixteen bits for them.
            if name == "mpeg4" { context.pointee.time_base = AVRational(num: 1, den: 60_000) }
            if let rate = options.rate { context.pointee.framerate = av_d2q(rate, 100_000) }
            context.pointee.sample_aspect_ratio = AVRational(
                num: Int32(clamping: options.pixelAspect.numerator),
                den: Int32(clamping: options.pixelAspect.denominator))
            context.pointee.color_range = picture.frame.pointee.color_range
            context.pointee.colorspace = picture.frame.pointee.colorspace
            context.pointee.thread_count = Int32(max(1, options.threads))
            if globalHeader { context.pointee.flags |= AV_CODEC_FLAG_GLOBAL_HEADER }
            var dictionary: OpaquePointer?
            defer { av_dict_free(&dictionary) }
            for (key, value) in Self.settings[name] ?? [:] { av_dict_set(&dictionary, key, value, 0) }
            if avcodec_open2(context, codec, &dictionary) >= 0 {
                encoder = context
                return
            }
            var failed: UnsafeMutablePointer<AVCodecContext>? = context
            avcodec_free_context(&failed)
        }
        throw Failure(
            .unavailable, "\(path): this libav has no encoder for it; one of \(names.joined(separator: ", ")) is needed"
        )
    }

    private func addSound(of location: MediaLocation, from start: Double?) {
        guard let sound = SoundCopy(location), let output else { return }
        if let start { while sound.next(before: start) != nil {} }
        let codec = sound.parameters.pointee.codec_id
        guard avformat_query_codec(output.pointee.oformat, codec, FF_COMPLIANCE_NORMAL) == 1,
            let stream = avformat_new_stream(output, nil),
            avcodec_parameters_copy(stream.pointee.codecpar, sound.parameters) >= 0
        else {
            remarks.append(
                "its sound (\(sound.codecName)) has no place in \(path.lastComponent?.string ?? ""); .mkv takes it")
            return
        }
        // The container chooses its own mark.
        stream.pointee.codecpar.pointee.codec_tag = 0
        stream.pointee.time_base = sound.timeBase
        (self.sound, soundStream) = (sound, stream)
    }

    /// Writes a picture.
    ///
    /// - Parameter time: seconds of the recording.
    /// - Throws: `Failure` when it cannot be encoded or written.
    public func write(_ picture: Picture, at time: Double) throws(Failure) {
        guard let encoder else { return }
        var ticks = Int64(seconds: time, unitsPerSecond: Double(encoder.pointee.time_base.den))
        if let last { ticks = max(ticks, last + 1) }
        last = ticks
        picture.frame.pointee.pts = ticks
        picture.frame.pointee.pict_type = AV_PICTURE_TYPE_NONE
        try check(avcodec_send_frame(encoder, picture.frame))
        try takePackets()
        try copySound(before: time)
    }

    /// Writes what is left and gives the file its name.
    ///
    /// - Parameter end: seconds of the recording up to which sound is copied; nil copies all.
    /// - Throws: `Failure` when it cannot be written.
    public func finish(at end: Double? = nil) throws(Failure) {
        guard let output, let encoder else { return }
        try check(avcodec_send_frame(encoder, nil))
        try takePackets()
        try copySound(before: end ?? .infinity)
        try check(av_write_trailer(output))
        try check(avio_closep(&output.pointee.pb))
        isFinished = true
        do throws(Errno) {
            try unfinished.move(to: path)
        } catch {
            throw Failure(.cannotCreate, "\(path): \(error)")
        }
    }

    private func takePackets() throws(Failure) {
        guard let encoder, let packet, let video else { return }
        while true {
            let status = avcodec_receive_packet(encoder, packet)
            if status == nf_averror(EAGAIN) || status == nf_averror_eof() { return }
            try check(status)
            av_packet_rescale_ts(packet, encoder.pointee.time_base, video.pointee.time_base)
            packet.pointee.stream_index = video.pointee.index
            try check(av_interleaved_write_frame(output, packet))
        }
    }

    private func copySound(before end: Double) throws(Failure) {
        guard let sound, let soundStream else { return }
        while let packet = sound.next(before: end) {
            av_packet_rescale_ts(packet, sound.timeBase, soundStream.pointee.time_base)
            packet.pointee.stream_index = soundStream.pointee.index
            packet.pointee.pos = -1
            try check(av_interleaved_write_frame(output, packet))
        }
    }

    private func check(_ status: Int32) throws(Failure) {
        guard status < 0 else { return }
        throw Failure(.inputOutput, "\(path): cannot write: \(MediaError.words(for: status))")
    }
}
