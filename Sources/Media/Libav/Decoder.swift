internal import CFFmpeg
internal import Glibc

/// Owner of an `AVCodecContext`.
///
/// Used by one thread only; the threads that libav starts for it are its own matter.
final class Decoder {
    /// What asking for a frame gave.
    enum Output {
        /// A frame.
        case frame
        /// It wants another packet first.
        case needsInput
        /// All frames are out.
        case end
        /// A frame was lost.
        case damaged
    }

    private var context: UnsafeMutablePointer<AVCodecContext>?
    /// The codec that it was made for.
    let codec: AVCodecID
    /// libav's name of the codec.
    let name: String

    /// True when it decodes several frames at once: then what is damaged comes out differently from time to time, and a fault cannot be told
    /// to be in one packet.
    let isParallel: Bool
    private let faults = DecoderFaults()
    /// What is to be told of the device that was asked for.
    private(set) var note: String?
    /// Where frames go that come from a device's memory.
    private var download: UnsafeMutablePointer<AVFrame>?

    /// How a decoder uses threads.
    enum Threading {
        /// None but its caller's.
        case none
        /// So many on the parts of one frame.
        case slices(Int)
        /// So many on several frames at once.
        case frames(Int)
    }

    /// Makes a decoder for the stream.
    ///
    /// - Throws: `MediaError` when there is none for the codec, or it refuses the stream's parameters.
    init(
        for stream: UnsafeMutablePointer<AVStream>, live: Bool, threading: Threading,
        choice: MediaOptions.DecoderChoice = .software, source: String
    ) throws(MediaError) {
        let parameters = stream.pointee.codecpar!
        codec = parameters.pointee.codec_id
        name = String(cString: avcodec_get_name(codec))
        guard let decoder = avcodec_find_decoder(codec) else {
            throw MediaError(.noDecoder, source: source, reason: "no decoder for \(name)")
        }
        guard let context = avcodec_alloc_context3(decoder) else {
            throw MediaError(.noDecoder, source: source, reason: "out of memory")
        }
        self.context = context
        var status = avcodec_parameters_to_context(context, parameters)
        context.pointee.pkt_timebase = stream.pointee.time_base
        context.pointee.opaque = faults.opaque
        nf_prepare_tags(context)
        // Frame threads hold back one frame each.
        if live { context.pointee.flags |= AV_CODEC_FLAG_LOW_DELAY }
        switch threading {
        case .none: (context.pointee.thread_count, context.pointee.thread_type) = (1, FF_THREAD_SLICE)
        case .slices(let count):
            (context.pointee.thread_count, context.pointee.thread_type) = (Int32(max(1, count)), FF_THREAD_SLICE)
        case .frames(let count):
            context.pointee.thread_count = Int32(max(1, count))
            context.pointee.thread_type = FF_THREAD_FRAME | FF_THREAD_SLICE
        }
        var note: String?
        var device = HardwareDevice.open(choice, for: decoder, note: &note)
        self.note = note
        // The context has a reference of its own; libav decodes itself where the device cannot (`avcodec_default_get_format`).
        context.pointee.hw_device_ctx = device.flatMap { av_buffer_ref($0) }
        if device != nil { download = av_frame_alloc() }
        av_buffer_unref(&device)
        if status >= 0 { status = avcodec_open2(context, decoder, nil) }
        isParallel = context.pointee.active_thread_type & FF_THREAD_FRAME != 0 && context.pointee.thread_count > 1
        if status < 0 {
            throw MediaError(
                .noDecoder, source: source, reason: "cannot decode \(name): \(MediaError.words(for: status))")
        }
    }

    deinit {
        avcodec_free_context(&context)
        av_frame_free(&download)
    }

    /// True for codecs of still images, which are full range where nothing is said.
    var isPhoto: Bool {
        switch codec {
        case AV_CODEC_ID_MJPEG, AV_CODEC_ID_PNG, AV_CODEC_ID_APNG, AV_CODEC_ID_BMP, AV_CODEC_ID_WEBP, AV_CODEC_ID_GIF,
            AV_CODEC_ID_TIFF, AV_CODEC_ID_JPEG2000, AV_CODEC_ID_PGM, AV_CODEC_ID_PPM, AV_CODEC_ID_PAM:
            true
        default: false
        }
    }

    /// Gives it a packet, or with nil the word that no more will come; false when the packet cannot be decoded.
    ///
    /// - Parameter tag: a number above 0 that the frames made of the packet bear, too.
    func send(_ packet: UnsafeMutablePointer<AVPacket>?, tag: Int64) -> Bool {
        if let packet { nf_tag_packet(context, packet, tag) }
        let status = avcodec_send_packet(context, packet)
        return status >= 0 || status == nf_averror_eof()
    }

    /// Whether it has told of an error since this was last asked.
    func takeFaults() -> Bool { faults.take() }

    /// Asks for the next frame.
    func receive(into frame: UnsafeMutablePointer<AVFrame>) -> Output {
        let status = avcodec_receive_frame(context, frame)
        if status >= 0 { return frame.pointee.hw_frames_ctx == nil || fetch(frame) ? .frame : .damaged }
        if status == nf_averror(EAGAIN) { return .needsInput }
        return status == nf_averror_eof() ? .end : .damaged
    }

    /// Brings a frame from the device's memory into the machine's; false when that fails.
    private func fetch(_ frame: UnsafeMutablePointer<AVFrame>) -> Bool {
        guard let download, av_hwframe_transfer_data(download, frame, 0) >= 0,
            av_frame_copy_props(download, frame) >= 0
        else { return false }
        av_frame_unref(frame)
        av_frame_move_ref(frame, download)
        return true
    }

    /// Forgets what it has, for a jump in the stream.
    func flush() { avcodec_flush_buffers(context) }

    /// True: only frames that need no other are decoded.
    func setKeyframesOnly(_ on: Bool) {
        context?.pointee.skip_frame = on ? AVDISCARD_NONKEY : AVDISCARD_DEFAULT
    }
}
