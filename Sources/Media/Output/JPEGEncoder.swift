internal import CFFmpeg
public import Platform

/// Makes JPEG files in memory of pictures of one size, such as for a page. Used by one thread at a time.
public final class JPEGEncoder {
    /// Quantizer of libav's encoder, 2 (best) to 31.
    private static let quality: Int32 = 5

    private var encoder: UnsafeMutablePointer<AVCodecContext>?
    private var packet: UnsafeMutablePointer<AVPacket>?
    private var count: Int64 = 0

    /// Makes an encoder for pictures of the size of one.
    ///
    /// - Throws: `Failure` when this libav has none.
    public init(like picture: Picture) throws(Failure) {
        _ = Libav.ready
        packet = av_packet_alloc()
        guard packet != nil, let codec = avcodec_find_encoder(AV_CODEC_ID_MJPEG),
            let context = avcodec_alloc_context3(codec)
        else { throw Failure(.unavailable, "this libav has no encoder for JPEG") }
        encoder = context
        context.pointee.width = Int32(picture.width)
        context.pointee.height = Int32(picture.height)
        context.pointee.pix_fmt = AV_PIX_FMT_YUV420P
        context.pointee.color_range = AVCOL_RANGE_JPEG
        context.pointee.time_base = AVRational(num: 1, den: 25)
        context.pointee.flags |= AV_CODEC_FLAG_QSCALE
        context.pointee.global_quality = FF_QP2LAMBDA * Self.quality
        context.pointee.thread_count = 1
        let status = avcodec_open2(context, codec, nil)
        guard status >= 0 else {
            throw Failure(.unavailable, "JPEG cannot be made: \(MediaError.words(for: status))")
        }
    }

    deinit {
        avcodec_free_context(&encoder)
        av_packet_free(&packet)
    }

    /// Makes a file of a picture whose luma and chroma go from 0 to 255 (`Picture.shrink`).
    ///
    /// - Throws: `Failure` when libav cannot make it.
    public func encode(_ picture: Picture) throws(Failure) -> [UInt8] {
        picture.frame.pointee.pts = count
        picture.frame.pointee.quality = FF_QP2LAMBDA * Self.quality
        count += 1
        var status = avcodec_send_frame(encoder, picture.frame)
        if status >= 0 { status = avcodec_receive_packet(encoder, packet) }
        guard status >= 0, let packet, let data = packet.pointee.data else {
            throw Failure(.failed, "a JPEG cannot be made: \(MediaError.words(for: status))")
        }
        defer { av_packet_unref(packet) }
        return Array(UnsafeBufferPointer(start: data, count: Int(packet.pointee.size)))
    }
}
