internal import CFFmpeg
public import Platform

/// Encodes pictures of one size, one after the other, each as a file of its own.
///
/// Used by one thread only.
public final class StillEncoder {
    /// What pictures are encoded as.
    public enum Format: String, Sendable, CaseIterable {
        /// Without loss.
        case png
        /// Smaller, with hardly visible losses.
        case jpg

        fileprivate var encoder: String { self == .png ? "png" : "mjpeg" }
        // libav's encoder of JPEG knows no pictures without chroma.
        fileprivate var pixels: AVPixelFormat { self == .png ? AV_PIX_FMT_GRAY8 : AV_PIX_FMT_YUV420P }
    }

    private let width: Int
    private let height: Int
    private var encoder: UnsafeMutablePointer<AVCodecContext>?
    private var frame: UnsafeMutablePointer<AVFrame>?
    private var packet: UnsafeMutablePointer<AVPacket>?
    private var count: Int64 = 0

    /// Makes an encoder.
    ///
    /// - Throws: `Failure` when this libav has none.
    public init(_ format: Format, width: Int, height: Int) throws(Failure) {
        _ = Libav.ready
        (self.width, self.height) = (width, height)
        guard let codec = avcodec_find_encoder_by_name(format.encoder), let context = avcodec_alloc_context3(codec)
        else { throw Failure(.unavailable, "this libav cannot write pictures as \(format.rawValue)") }
        encoder = context
        context.pointee.width = Int32(width)
        context.pointee.height = Int32(height)
        context.pointee.pix_fmt = format.pixels
        context.pointee.color_range = AVCOL_RANGE_JPEG
        context.pointee.time_base = AVRational(num: 1, den: 25)
        // With more a picture would come out behind later ones.
        context.pointee.thread_count = 1
        var settings: OpaquePointer?
        defer { av_dict_free(&settings) }
        if format == .jpg {
            av_dict_set(&settings, "flags", "+qscale", 0)
            av_dict_set(&settings, "global_quality", "236", 0)
        }
        packet = av_packet_alloc()
        frame = av_frame_alloc()
        guard avcodec_open2(context, codec, &settings) >= 0, packet != nil, let frame else {
            throw Failure(.failed, "a picture of \(width)x\(height) cannot be written as \(format.rawValue)")
        }
        frame.pointee.width = Int32(width)
        frame.pointee.height = Int32(height)
        frame.pointee.format = format.pixels.rawValue
        frame.pointee.color_range = AVCOL_RANGE_JPEG
        guard av_frame_get_buffer(frame, 64) >= 0 else {
            throw Failure(.failed, "no memory for a picture of \(width)x\(height)")
        }
    }

    deinit {
        avcodec_free_context(&encoder)
        av_frame_free(&frame)
        av_packet_free(&packet)
    }

    /// The bytes of a file with a picture.
    ///
    /// - Parameter grey: full-range luma, row by row.
    /// - Throws: `Failure` when it cannot be encoded.
    public func encode(_ grey: [UInt8]) throws(Failure) -> [UInt8] {
        precondition(grey.count == width * height, "a grey picture of another size")
        guard let frame else { return [] }
        try check(av_frame_make_writable(frame))
        let luma = frame.plane(0)
        for row in 0..<height {
            for column in 0..<width { luma.bytes![row * luma.stride + column] = grey[row * width + column] }
        }
        for number in 1...2 {
            let plane = frame.plane(number)
            guard let samples = plane.bytes else { continue }
            for row in 0..<(height + 1) / 2 {
                (samples + row * plane.stride).update(repeating: 128, count: (width + 1) / 2)
            }
        }
        return try encode(frame)
    }

    /// The bytes of a JPEG with a picture whose luma and chroma go from 0 to 255 (`Picture.shrink`).
    ///
    /// - Throws: `Failure` when it cannot be encoded.
    public func encode(_ picture: Picture) throws(Failure) -> [UInt8] {
        precondition(picture.width == width && picture.height == height, "a picture of another size")
        return try encode(picture.frame)
    }

    private func encode(_ frame: UnsafeMutablePointer<AVFrame>) throws(Failure) -> [UInt8] {
        guard let packet else { return [] }
        frame.pointee.pts = count
        count += 1
        try check(avcodec_send_frame(encoder, frame))
        try check(avcodec_receive_packet(encoder, packet))
        defer { av_packet_unref(packet) }
        return Array(UnsafeBufferPointer(start: packet.pointee.data, count: Int(packet.pointee.size)))
    }

    private func check(_ status: Int32) throws(Failure) {
        guard status < 0 else { return }
        throw Failure(.failed, "a picture cannot be encoded: \(MediaError.words(for: status))")
    }
}
