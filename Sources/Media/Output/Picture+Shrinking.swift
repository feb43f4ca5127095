internal import CFFmpeg
internal import Imaging

extension Picture {
    /// Fills it with a whole frame of any size: each sample is the mean of those of the frame that lie under it. Afterwards luma and chroma
    /// go from 0 to 255, as in JPEG.
    ///
    /// The picture is as it is to be shown where it has the shape of the frame with its pixels made square.
    public func shrink(_ video: VideoFrame) {
        precondition(av_frame_make_writable(frame) >= 0, "no memory for a picture")
        findPlanes()
        let image = video.image
        fullRange = true
        frame.pointee.color_range = AVCOL_RANGE_JPEG
        frame.pointee.colorspace = AVCOL_SPC_BT470BG
        withExtendedLifetime(image.owner) {
            Self.shrink(
                Samples(
                    bytes: image.y, stride: image.yStride, step: 1, width: image.width, height: image.height,
                    // ITU-R BT.601 and 709: 219 steps of luma from 16 on.
                    range: image.fullRange ? nil : (offset: 16, steps: 219)),
                to: planes[0])
            for (plane, bytes) in [(planes[1], image.u), (planes[2], image.v)] {
                guard let bytes else {
                    plane.fill(128)
                    continue
                }
                Self.shrink(
                    Samples(
                        bytes: bytes, stride: image.chromaStride, step: image.chromaStep, width: (image.width + 1) / 2,
                        height: (image.height + 1) / 2,
                        // 224 steps of chroma about 128.
                        range: image.fullRange ? nil : (offset: 128, steps: 224)),
                    to: plane)
            }
        }
    }

    /// Makes it one grey, full range.
    public func fill(luma: UInt8) {
        precondition(av_frame_make_writable(frame) >= 0, "no memory for a picture")
        findPlanes()
        fullRange = true
        frame.pointee.color_range = AVCOL_RANGE_JPEG
        planes[0].fill(luma)
        planes[1].fill(128)
        planes[2].fill(128)
    }

    /// Copies a square grey picture to a place within; what lies beyond the border is left out.
    ///
    /// - Parameter grey: full-range luma, `side` rows.
    public func place(grey: [UInt8], side: Int, x: Int, y: Int) {
        precondition(grey.count == side * side && x >= 0 && y >= 0, "a square picture, and a place within")
        let plane = planes[0]
        for row in 0..<max(0, min(side, plane.height - y)) {
            let line = plane.samples + (y + row) * plane.stride + x
            for column in 0..<max(0, min(side, plane.width - x)) { line[column] = grey[row * side + column] }
        }
    }

    /// A plane of a frame.
    private struct Samples {
        var bytes: UnsafePointer<UInt8>
        var stride: Int
        var step: Int
        var width: Int
        var height: Int
        /// What stays where it is, and how many steps make the whole range; nil where they do already.
        var range: (offset: Double, steps: Double)?

        /// What a mean becomes.
        func stretched(_ mean: Double) -> UInt8 {
            guard let range else { return UInt8(mean.rounded()) }
            let whole = range.offset == 128 ? 128.0 : 0
            return UInt8(min(255, max(0, ((mean - range.offset) * 255 / range.steps + whole).rounded())))
        }
    }

    private static func shrink(_ source: Samples, to target: Plane) {
        // The sums of the rows under one row of the target.
        withUnsafeTemporaryAllocation(of: Int32.self, capacity: source.width) { sums in
            for row in 0..<target.height {
                let rows = span(row, of: target.height, over: source.height)
                sums.update(repeating: 0)
                for sourceRow in rows {
                    let line = source.bytes + sourceRow * source.stride
                    for column in 0..<source.width { sums[column] += Int32(line[column * source.step]) }
                }
                let line = target.samples + row * target.stride
                for column in 0..<target.width {
                    let columns = span(column, of: target.width, over: source.width)
                    var sum = 0
                    for sourceColumn in columns { sum += Int(sums[sourceColumn]) }
                    line[column] = source.stretched(Double(sum) / Double(rows.count * columns.count))
                }
            }
        }
    }

    /// The samples under one of so many.
    private static func span(_ index: Int, of count: Int, over length: Int) -> Range<Int> {
        let low = min(length - 1, index * length / count)
        return low..<min(length, max(low + 1, (index + 1) * length / count))
    }
}

extension Picture.Plane {
    /// Makes all samples the same.
    func fill(_ value: UInt8) {
        for row in 0..<height { (samples + row * stride).update(repeating: value, count: width) }
    }
}
