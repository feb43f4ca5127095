internal import CFFmpeg

/// An upright 8-bit 4:2:0 frame on its way into a `VideoFrame`.
struct UprightFrame {
    var frame: UnsafeMutablePointer<AVFrame>
    /// True when the memory is the pool's, false when it is the decoder's.
    var isCanvas: Bool
    var pool: FramePool
    var fullRange: Bool
    var isKey: Bool
    /// Width of a pixel to its height.
    var aspect = AspectRatio.square
    /// What was wrong with the stream is in it.
    var isDamaged = false
}

/// Makes frames upright, 8-bit and 4:2:0, and SDR of what is coded with PQ. What is so already is passed on untouched.
///
/// Not thread-safe; owned by the one thread that reads a source.
final class FrameConverter {
    private let pool: FramePool
    private var scaler: UnsafeMutableRawPointer?
    private var scalerInput: Input?
    /// Converted but not yet upright; used only for frames that need both.
    private let scratch = Scratch()
    /// Ten bits, where the decoder gives HDR in another form.
    private let wide = Scratch()
    private var toneMap: (fullRange: Bool, map: PQToneMap)?
    private let mask: FrameMask?

    /// What a scaler is made for.
    private struct Input: Equatable {
        var width: Int32
        var height: Int32
        var pixels: AVPixelFormat
        var fullRange: Bool
        var colorspace: AVColorSpace
        var output: Int32
    }

    /// - Parameter mask: parts of the upright frames that are to be black; nil for none.
    init(pool: FramePool, mask: FrameMask?) {
        self.pool = pool
        self.mask = mask
    }

    deinit { nf_scaler_free(scaler) }

    /// Takes over a decoded frame and makes it upright.
    ///
    /// - Parameters:
    ///   - shell: the decoder's frame; goes back to the pool unless the result keeps it.
    ///   - orientation: how it must be turned.
    ///   - isPhoto: the codec is one of still images, whose grey is full range where nothing is said.
    /// - Throws: a message when libswscale does not know the pixel format, or there is no memory.
    func upright(
        from shell: UnsafeMutablePointer<AVFrame>, orientation: Orientation, isPhoto: Bool
    ) throws(FrameConversionError) -> UprightFrame {
        let layout = PixelLayout(AVPixelFormat(shell.pointee.format))
        let isKey = nf_frame_is_key(shell) != 0
        let fullRange =
            switch shell.pointee.color_range {
            case AVCOL_RANGE_JPEG: true
            case AVCOL_RANGE_MPEG: layout.isJPEG
            default: layout.isJPEG || layout.isRGB || (layout.isGrey && isPhoto)
            }
        let stands = orientation == .upright && shell.pointee.linesize.0 > 0
        let isHDR = shell.pointee.color_trc == AVCOL_TRC_SMPTE2084 && !layout.isRGB
        if layout.isTakenAsIs && stands && !isHDR && mask == nil {
            return UprightFrame(frame: shell, isCanvas: false, pool: pool, fullRange: fullRange, isKey: isKey)
        }
        defer { pool.giveBackShell(shell) }
        let canvas: UnsafeMutablePointer<AVFrame>
        if isHDR {
            let upright = orientation == .upright
            let toned = try tone(shell, layout: layout, fullRange: fullRange, isUpright: upright)
            canvas = upright ? toned : try turn(toned, to: orientation)
        } else if layout.isTakenAsIs && stands {
            // The decoder goes on from its own frame, which must not be blackened.
            canvas = try copy(shell)
        } else if layout.isTakenAsIs {
            canvas = try turn(shell, to: orientation)
        } else if orientation == .upright {
            canvas = try take(width: shell.pointee.width, height: shell.pointee.height, grey: layout.isGrey)
            try convert(shell, layout: layout, fullRange: fullRange, to: canvas)
        } else {
            let scratch = try scratch.frame(
                width: shell.pointee.width, height: shell.pointee.height,
                pixels: layout.isGrey ? AV_PIX_FMT_GRAY8 : AV_PIX_FMT_YUV420P)
            try convert(shell, layout: layout, fullRange: fullRange, to: scratch)
            canvas = try turn(scratch, to: orientation)
        }
        canvas.pointee.colorspace = layout.isRGB ? AVCOL_SPC_SMPTE170M : shell.pointee.colorspace
        if isHDR && canvas.pointee.colorspace == AVCOL_SPC_UNSPECIFIED {
            canvas.pointee.colorspace = AVCOL_SPC_BT2020_NCL
        }
        mask?.cover(canvas, fullRange: fullRange || layout.isRGB)
        return UprightFrame(
            frame: canvas, isCanvas: true, pool: pool, fullRange: fullRange || layout.isRGB, isKey: isKey)
    }

    private func copy(
        _ shell: UnsafeMutablePointer<AVFrame>
    ) throws(FrameConversionError) -> UnsafeMutablePointer<AVFrame> {
        let canvas = try take(
            width: shell.pointee.width, height: shell.pointee.height, pixels: AVPixelFormat(shell.pointee.format))
        guard av_frame_copy(canvas, shell) >= 0 else {
            pool.giveBackCanvas(canvas)
            throw FrameConversionError(reason: "a frame cannot be copied")
        }
        return canvas
    }

    private func take(
        width: Int32, height: Int32, grey: Bool
    ) throws(FrameConversionError) -> UnsafeMutablePointer<AVFrame> {
        try take(width: width, height: height, pixels: grey ? AV_PIX_FMT_GRAY8 : AV_PIX_FMT_YUV420P)
    }

    private func take(
        width: Int32, height: Int32, pixels: AVPixelFormat
    ) throws(FrameConversionError) -> UnsafeMutablePointer<AVFrame> {
        let format = FramePool.Format(width: width, height: height, pixels: pixels)
        guard let canvas = pool.takeCanvas(format) else {
            throw FrameConversionError(reason: "no memory for a frame of \(width)x\(height)")
        }
        return canvas
    }

    /// A frame of our own, for what is between two steps.
    private final class Scratch {
        private var frame: UnsafeMutablePointer<AVFrame>?

        deinit { av_frame_free(&frame) }

        func frame(
            width: Int32, height: Int32, pixels: AVPixelFormat
        ) throws(FrameConversionError) -> UnsafeMutablePointer<AVFrame> {
            if let frame, frame.pointee.width == width, frame.pointee.height == height,
                frame.pointee.format == pixels.rawValue
            {
                return frame
            }
            av_frame_free(&frame)
            guard let made = av_frame_alloc() else { throw FrameConversionError(reason: "no memory for a frame") }
            frame = made
            (made.pointee.width, made.pointee.height, made.pointee.format) = (width, height, pixels.rawValue)
            guard av_frame_get_buffer(made, 64) >= 0 else {
                throw FrameConversionError(reason: "no memory for a frame of \(width)x\(height)")
            }
            return made
        }
    }

    /// An HDR frame as SDR, 8-bit and 4:2:0, in a frame of the pool or, where it is yet to be turned, of our own.
    private func tone(
        _ shell: UnsafeMutablePointer<AVFrame>, layout: PixelLayout, fullRange: Bool, isUpright: Bool
    ) throws(FrameConversionError) -> UnsafeMutablePointer<AVFrame> {
        let (width, height) = (shell.pointee.width, shell.pointee.height)
        var source = shell
        if layout.pixels != AV_PIX_FMT_YUV420P10LE || shell.pointee.linesize.0 < 0 {
            source = try wide.frame(width: width, height: height, pixels: AV_PIX_FMT_YUV420P10LE)
            try convert(shell, layout: layout, fullRange: fullRange, to: source)
        }
        let target =
            isUpright
            ? try take(width: width, height: height, grey: false)
            : try scratch.frame(width: width, height: height, pixels: AV_PIX_FMT_YUV420P)
        if toneMap?.fullRange != fullRange { toneMap = (fullRange, PQToneMap(fullRange: fullRange)) }
        guard let map = toneMap?.map else { return target }
        let luma = source.plane(0)
        for plane in 0..<3 {
            let (from, to) = (source.plane(plane), target.plane(plane))
            for row in 0..<(plane == 0 ? Int(height) : (Int(height) + 1) / 2) {
                let samples = row16(from, row)
                let bytes = to.bytes! + row * to.stride
                if plane == 0 {
                    map.mapLuma(samples, to: bytes, count: Int(width))
                } else {
                    map.mapChroma(samples, luma: row16(luma, 2 * row), to: bytes, count: (Int(width) + 1) / 2)
                }
            }
        }
        return target

        func row16(_ plane: (bytes: UnsafeMutablePointer<UInt8>?, stride: Int), _ row: Int) -> UnsafePointer<UInt16> {
            UnsafeRawPointer(plane.bytes! + row * plane.stride).assumingMemoryBound(to: UInt16.self)
        }
    }

    private func turn(
        _ source: UnsafeMutablePointer<AVFrame>, to orientation: Orientation
    ) throws(FrameConversionError) -> UnsafeMutablePointer<AVFrame> {
        let (width, height) = (source.pointee.width, source.pointee.height)
        let pixels = AVPixelFormat(source.pointee.format)
        let grey = pixels == AV_PIX_FMT_GRAY8
        let canvas = try take(
            width: orientation.transposed ? height : width, height: orientation.transposed ? width : height, grey: grey)
        copy(source.plane(0), step: 1, offset: 0, plane: 0)
        if grey { return canvas }
        let interleaved = pixels == AV_PIX_FMT_NV12 || pixels == AV_PIX_FMT_NV21
        let swapped = pixels == AV_PIX_FMT_NV21
        let (u, v) = (source.plane(1), interleaved ? source.plane(1) : source.plane(2))
        copy(u, step: interleaved ? 2 : 1, offset: swapped ? 1 : 0, plane: 1)
        copy(v, step: interleaved ? 2 : 1, offset: interleaved && !swapped ? 1 : 0, plane: 2)
        return canvas

        func copy(_ from: (bytes: UnsafeMutablePointer<UInt8>?, stride: Int), step: Int, offset: Int, plane: Int) {
            let to = canvas.plane(plane)
            let half = plane == 0 ? 0 : 1
            orientation.copyPlane(
                from.bytes! + offset, stride: from.stride, step: step, width: (Int(width) + half) >> half,
                height: (Int(height) + half) >> half, to: to.bytes!, targetStride: to.stride)
        }
    }

    private func convert(
        _ source: UnsafeMutablePointer<AVFrame>, layout: PixelLayout, fullRange: Bool,
        to canvas: UnsafeMutablePointer<AVFrame>
    ) throws(FrameConversionError) {
        let input = Input(
            width: source.pointee.width, height: source.pointee.height, pixels: layout.pixels, fullRange: fullRange,
            colorspace: source.pointee.colorspace, output: canvas.pointee.format)
        if input != scalerInput { try makeScaler(input, layout: layout) }
        // The scaler is told the layout without its "J", which stands for full range and is given apart.
        let named = source.pointee.format
        source.pointee.format = layout.pixels.rawValue
        let status = nf_scaler_scale(scaler, canvas, source)
        source.pointee.format = named
        if status < 0 {
            throw FrameConversionError(reason: "cannot convert \(layout.name): \(MediaError.words(for: status))")
        }
    }

    /// Range and matrix stay what they are; RGB becomes full-range BT.601, as in JPEG.
    ///
    /// Bilinear and accurate: the fast path of libswscale writes machine code at run time, which a hardened service may
    /// not do.
    private func makeScaler(_ input: Input, layout: PixelLayout) throws(FrameConversionError) {
        nf_scaler_free(scaler)
        scalerInput = nil
        scaler = nf_scaler_alloc()
        guard let scaler, sws_isSupportedInput(input.pixels) != 0 else {
            throw FrameConversionError(reason: "pixel format \(layout.name) cannot be converted")
        }
        let range: Int64 = input.fullRange || layout.isRGB ? 1 : 0
        let options: [(String, Int64)] = [
            ("srcw", Int64(input.width)), ("srch", Int64(input.height)), ("src_format", Int64(input.pixels.rawValue)),
            ("dstw", Int64(input.width)), ("dsth", Int64(input.height)), ("dst_format", Int64(input.output)),
            ("src_range", range), ("dst_range", range), ("sws_flags", nf_scaler_flags()),
        ]
        for (name, value) in options { av_opt_set_int(scaler, name, value, 0) }
        let status = nf_scaler_init(scaler)
        if status < 0 {
            throw FrameConversionError(reason: "cannot convert \(layout.name): \(MediaError.words(for: status))")
        }
        scalerInput = input
    }
}

/// Why a frame could not be made.
struct FrameConversionError: Error {
    var reason: String
}

/// What must be known of a pixel format.
struct PixelLayout {
    /// The format without the deprecated "J", which only means full range.
    let pixels: AVPixelFormat
    let isJPEG: Bool
    let isRGB: Bool
    let isGrey: Bool
    let name: String

    init(_ format: AVPixelFormat) {
        switch format {
        case AV_PIX_FMT_YUVJ420P: (pixels, isJPEG) = (AV_PIX_FMT_YUV420P, true)
        case AV_PIX_FMT_YUVJ422P: (pixels, isJPEG) = (AV_PIX_FMT_YUV422P, true)
        case AV_PIX_FMT_YUVJ444P: (pixels, isJPEG) = (AV_PIX_FMT_YUV444P, true)
        case AV_PIX_FMT_YUVJ440P: (pixels, isJPEG) = (AV_PIX_FMT_YUV440P, true)
        case AV_PIX_FMT_YUVJ411P: (pixels, isJPEG) = (AV_PIX_FMT_YUV411P, true)
        default: (pixels, isJPEG) = (format, false)
        }
        let descriptor = av_pix_fmt_desc_get(format)?.pointee
        let flags = descriptor?.flags ?? 0
        isRGB = flags & UInt64(AV_PIX_FMT_FLAG_RGB | AV_PIX_FMT_FLAG_PAL) != 0
        isGrey = !isRGB && (descriptor?.nb_components ?? 3) <= 2
        name = descriptor.map { String(cString: $0.name) } ?? "unknown"
    }

    /// True for I420, NV12, NV21 and 8-bit grey.
    var isTakenAsIs: Bool {
        switch pixels {
        case AV_PIX_FMT_YUV420P, AV_PIX_FMT_NV12, AV_PIX_FMT_NV21, AV_PIX_FMT_GRAY8: true
        default: false
        }
    }
}
