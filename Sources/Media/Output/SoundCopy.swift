internal import CFFmpeg
internal import Platform

/// The sound of a recording, packet by packet as it is, for a video that is made of the recording.
///
/// Used by one thread only.
final class SoundCopy {
    private var input: UnsafeMutablePointer<AVFormatContext>?
    private var packet: UnsafeMutablePointer<AVPacket>?
    private let index: Int32
    private var isAtEnd = false
    /// The packet that was read and not yet handed on.
    private var hasPacket = false

    /// Opens the recording; nil when there is no sound in it.
    init?(_ location: MediaLocation) {
        _ = Libav.ready
        var opened: UnsafeMutablePointer<AVFormatContext>?
        guard location.withURL({ avformat_open_input(&opened, $0, nil, nil) }) >= 0 else { return nil }
        let found =
            avformat_find_stream_info(opened, nil) >= 0
            ? av_find_best_stream(opened, AVMEDIA_TYPE_AUDIO, -1, -1, nil, 0) : -1
        guard found >= 0, let packet = av_packet_alloc() else {
            avformat_close_input(&opened)
            return nil
        }
        for number in 0..<Int(opened!.pointee.nb_streams) where number != Int(found) {
            opened!.pointee.streams[number]!.pointee.discard = AVDISCARD_ALL
        }
        (input, index, self.packet) = (opened, found, packet)
    }

    deinit {
        av_packet_free(&packet)
        avformat_close_input(&input)
    }

    private var stream: UnsafeMutablePointer<AVStream> { input!.pointee.streams[Int(index)]! }

    /// The codec and its parameters.
    var parameters: UnsafeMutablePointer<AVCodecParameters> { stream.pointee.codecpar }

    /// The unit of its times.
    var timeBase: AVRational { stream.pointee.time_base }

    /// libav's name of the codec.
    var codecName: String { String(cString: avcodec_get_name(parameters.pointee.codec_id)) }

    /// The next packet that begins before a time in seconds; nil when there is none (any more). It is the caller's until the next call.
    func next(before end: Double) -> UnsafeMutablePointer<AVPacket>? {
        guard let packet else { return nil }
        while !hasPacket {
            guard !isAtEnd else { return nil }
            av_packet_unref(packet)
            if av_read_frame(input, packet) < 0 {
                isAtEnd = true
            } else {
                hasPacket = packet.pointee.stream_index == index
            }
        }
        let time = packet.pointee.pts != nf_nopts_value() ? packet.pointee.pts : packet.pointee.dts
        guard time == nf_nopts_value() || Double(time) * av_q2d(timeBase) < end else { return nil }
        hasPacket = false
        return packet
    }
}
