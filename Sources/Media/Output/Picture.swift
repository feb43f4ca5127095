internal import CFFmpeg
internal import Imaging
public import Platform

/// One picture in memory of its own that may be drawn on: 8-bit 4:2:0, three planes.
///
/// Not thread-safe.
public final class Picture {
    /// A plane of samples.
    public struct Plane {
        /// The first sample of the first row.
        public let samples: UnsafeMutablePointer<UInt8>
        /// Bytes from one row to the next.
        public let stride: Int
        /// Samples in a row.
        public let width: Int
        /// Rows.
        public let height: Int
    }

    /// Width in pixels, an even number.
    public let width: Int
    /// Height in pixels, an even number.
    public let height: Int
    /// Luma, then the two of chroma, each half as wide and high.
    public private(set) var planes: [Plane] = []
    /// Whether luma goes from 0 to 255, in place of 16 to 235.
    public internal(set) var fullRange = false
    let frame: UnsafeMutablePointer<AVFrame>

    /// Makes a picture; of odd numbers of pixels the last is left out.
    ///
    /// - Throws: `Failure` when there is no memory for it.
    public init(width: Int, height: Int) throws(Failure) {
        self.width = width & ~1
        self.height = height & ~1
        guard self.width > 0, self.height > 0, let frame = av_frame_alloc() else {
            throw Failure(.failed, "a picture of \(width)x\(height) cannot be written as a video")
        }
        self.frame = frame
        frame.pointee.width = Int32(self.width)
        frame.pointee.height = Int32(self.height)
        frame.pointee.format = AV_PIX_FMT_YUV420P.rawValue
        guard av_frame_get_buffer(frame, 64) >= 0 else {
            var frame: UnsafeMutablePointer<AVFrame>? = frame
            av_frame_free(&frame)
            throw Failure(.failed, "no memory for a picture of \(width)x\(height)")
        }
        findPlanes()
    }

    func findPlanes() {
        planes.removeAll(keepingCapacity: true)
        for number in 0..<3 {
            let plane = frame.plane(number)
            let half = number == 0 ? 0 : 1
            planes.append(
                Plane(samples: plane.bytes!, stride: plane.stride, width: width >> half, height: height >> half))
        }
    }

    deinit {
        var frame: UnsafeMutablePointer<AVFrame>? = frame
        av_frame_free(&frame)
    }

    /// Copies a frame of the same size into it.
    public func copy(_ video: VideoFrame) {
        let image = video.image
        precondition(image.width & ~1 == width && image.height & ~1 == height, "a frame of another size")
        // An encoder may still hold what was given to it last.
        precondition(av_frame_make_writable(frame) >= 0, "no memory for a picture")
        findPlanes()
        fullRange = image.fullRange
        frame.pointee.color_range = image.fullRange ? AVCOL_RANGE_JPEG : AVCOL_RANGE_MPEG
        switch image.matrix {
        case .bt601: frame.pointee.colorspace = AVCOL_SPC_SMPTE170M
        case .bt709: frame.pointee.colorspace = AVCOL_SPC_BT709
        case .bt2020: frame.pointee.colorspace = AVCOL_SPC_BT2020_NCL
        }
        withExtendedLifetime(image.owner) {
            copy(image.y, stride: image.yStride, step: 1, to: planes[0])
            for (plane, samples) in [(planes[1], image.u), (planes[2], image.v)] {
                if let samples {
                    copy(samples, stride: image.chromaStride, step: image.chromaStep, to: plane)
                } else {
                    for row in 0..<plane.height {
                        (plane.samples + row * plane.stride).update(repeating: 128, count: plane.width)
                    }
                }
            }
        }
    }

    /// Copies a grey picture of the same size into it.
    ///
    /// - Parameter grey: full-range luma, row by row.
    public func copy(grey: [UInt8]) {
        precondition(grey.count == width * height, "a grey picture of another size")
        precondition(av_frame_make_writable(frame) >= 0, "no memory for a picture")
        findPlanes()
        fullRange = false
        frame.pointee.color_range = AVCOL_RANGE_MPEG
        frame.pointee.colorspace = AVCOL_SPC_SMPTE170M
        for row in 0..<height {
            let samples = planes[0].samples + row * planes[0].stride
            // 0-255 becomes 16-235, to the nearest.
            for column in 0..<width {
                samples[column] = UInt8(16 + (Int(grey[row * width + column]) * 219 + 127) / 255)
            }
        }
        for plane in planes[1...] {
            for row in 0..<plane.height {
                (plane.samples + row * plane.stride).update(repeating: 128, count: plane.width)
            }
        }
    }

    private func copy(_ source: UnsafePointer<UInt8>, stride: Int, step: Int, to plane: Plane) {
        Orientation.upright.copyPlane(
            source, stride: stride, step: step, width: plane.width, height: plane.height, to: plane.samples,
            targetStride: plane.stride)
    }
}
