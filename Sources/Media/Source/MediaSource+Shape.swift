internal import CFFmpeg

extension MediaSource {
    /// A new size, aspect, pixel format or codec starts a new epoch.
    func followShape(_ frame: UnsafeMutablePointer<AVFrame>, orientation: Orientation) {
        let (stored, storedHeight) = (Int(frame.pointee.width), Int(frame.pointee.height))
        let now = Shape(
            width: frame.pointee.width, height: frame.pointee.height, pixels: frame.pointee.format,
            codec: decoder.codec.rawValue,
            aspect: pixelAspect(
                of: frame, width: orientation.transposed ? storedHeight : stored,
                height: orientation.transposed ? stored : storedHeight, orientation: orientation))
        if shape == now { return }
        if shape != nil { tracker.beginEpoch() }
        shape = now
        info.pixelAspect = now.aspect
        info.codec = decoder.name
        info.pixelFormat = av_get_pix_fmt_name(AVPixelFormat(now.pixels)).map { String(cString: $0) } ?? ""
        info.orientation = orientation
        info.transfer = av_color_transfer_name(frame.pointee.color_trc).map { String(cString: $0) } ?? ""
        info.width = Int(orientation.transposed ? now.height : now.width)
        info.height = Int(orientation.transposed ? now.width : now.height)
    }

    /// What a still image's packet says that libav does not tell.
    func noteStill() {
        guard decoder.isPhoto, let data = demuxer.packet.pointee.data else { return }
        let bytes = UnsafeBufferPointer(
            start: UnsafePointer(data), count: Int(max(0, demuxer.packet.pointee.size)))
        switch decoder.codec {
        case AV_CODEC_ID_PNG: photoOrientation = ExifOrientation.ofPNG(bytes)
        case AV_CODEC_ID_TIFF: photoOrientation = ExifOrientation.ofTIFF(bytes)
        case AV_CODEC_ID_WEBP: noteAnimation()
        default: break
        }
    }

    /// The frame's own word, then the stream's, then Exif's. A frame's word holds until the next frame that needs no
    /// other, since encoders send it with those alone.
    func orientation(of frame: UnsafeMutablePointer<AVFrame>) -> Orientation {
        if let matrix = nf_frame_display_matrix(frame) {
            let orientation = Orientation(displayMatrix: matrix)
            frameOrientation = orientation
            return orientation
        }
        if nf_frame_is_key(frame) != 0 { frameOrientation = nil }
        if let frameOrientation { return frameOrientation }
        if let matrix = nf_stream_display_matrix(demuxer.video) { return Orientation(displayMatrix: matrix) }
        if let photoOrientation { return photoOrientation }
        guard decoder.isPhoto, let entry = av_dict_get(frame.pointee.metadata, "Orientation", nil, 0) else {
            return .upright
        }
        return Orientation(exif: String(cString: entry.pointee.value).compactMap(\.wholeNumberValue).first ?? 1)
    }

    /// The aspect of an upright frame's pixels: that of the options, else the container's, else the frame's own, as libav resolves them.
    /// What is not plausible is passed over, with a remark.
    ///
    /// - Parameters:
    ///   - frame: a decoded frame; nil before the first.
    ///   - width: of the upright frame; `height` likewise.
    func pixelAspect(
        of frame: UnsafeMutablePointer<AVFrame>?, width: Int, height: Int, orientation: Orientation
    ) -> AspectRatio {
        if let wanted = options.displayAspect { return wanted.pixel(width: width, height: height) ?? .square }
        guard let stored = demuxer.aspect(of: frame) else { return .square }
        let aspect = orientation.transposed ? stored.transposed : stored
        if AspectRatio.plausible.contains(aspect.ratio) { return aspect }
        if strangeAspect != aspect {
            strangeAspect = aspect
            remark("pixels of \(aspect) are not plausible; they are taken for square")
        }
        return .square
    }
}
