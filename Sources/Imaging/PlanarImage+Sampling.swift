internal import CKernels

/// What a sampler takes for pixels outside the picture.
public enum SampleBorder: Sendable, Equatable {
    /// The nearest pixel of the edge.
    case replicate
    /// Black.
    case black
}

/// The values that black and full intensity become in a network's input.
public struct SampleRange: Sendable, Equatable {
    /// What black becomes.
    public var low: Float
    /// What full intensity becomes.
    public var high: Float

    /// 0 to 1.
    public static let unit = SampleRange(low: 0, high: 1)
    /// -1 to 1.
    public static let symmetric = SampleRange(low: -1, high: 1)

    /// Makes a range from what black and full intensity become.
    public init(low: Float, high: Float) {
        self.low = low
        self.high = high
    }
}

extension PlanarImage {
    /// The largest number of bilinear samples that a pixel of a luma crop is averaged over, along each axis.
    public static let largestTapCount = 8

    /// Samples a region of the picture as interleaved RGB, in one pass from the planes to a network's input.
    ///
    /// Y, Cb and Cr are each interpolated bilinearly where the map puts them and converted afterwards.
    ///
    /// - Parameters:
    ///   - output: room for `height * width * 3` floats, written row by row as R, G, B (NHWC).
    ///   - map: takes the output's pixels to the picture's square ones; a pixel's centre is at its coordinates plus a half.
    ///   - taps: samples along each axis that a pixel is the mean of; 1 is plain bilinear sampling.
    ///   - border: what lies outside the picture; black fades in over half a pixel at the edge.
    ///   - range: what black and full intensity become.
    public func sampleRGB(
        into output: UnsafeMutablePointer<Float>, width outputWidth: Int, height outputHeight: Int, map: AffineMap,
        taps: Int = 1, border: SampleBorder = .replicate, range: SampleRange = .unit
    ) {
        precondition(taps >= 1 && outputWidth > 0 && outputHeight > 0, "an RGB sample needs a size and a tap")
        var planes = self.planes
        var affine = stored(map).native
        var colour = self.colour
        // The planes are addresses, which keep nothing; an optimiser may let go of the owner once they have been read.
        withExtendedLifetime(owner) {
            nf_warp_rgb(
                &planes, &affine, &colour, Int32(outputWidth), Int32(outputHeight), Int32(taps), border.native,
                (range.high - range.low) / 255, range.low, output)
        }
    }

    /// Samples a region of the picture as full-range luma (`Documentation/Bundle.md`, "The aligned crop").
    ///
    /// Where the output is smaller than the region, each pixel is the mean of n x n bilinear samples,
    /// n = min(8, ceil(source pixels per output pixel)). Limited range is expanded after the mean and clamped to 0-255.
    ///
    /// - Parameters:
    ///   - output: room for `height * width` bytes, written row by row.
    ///   - map: takes the output's pixels to the picture's square ones; a pixel's centre is at its coordinates plus a half.
    public func sampleLuma(
        into output: UnsafeMutablePointer<UInt8>, width outputWidth: Int, height outputHeight: Int, map: AffineMap
    ) {
        precondition(outputWidth > 0 && outputHeight > 0, "a luma sample needs a size")
        var planes = self.planes
        var affine = stored(map).native
        let (gain, offset) = lumaExpansion
        withExtendedLifetime(owner) {
            nf_warp_luma(
                &planes, &affine, Int32(outputWidth), Int32(outputHeight), Int32(Self.tapCount(step: map.scale)), gain,
                offset, output)
        }
    }

    /// Samples along each axis for `step` source pixels per output pixel. A step that is not a number counts as one.
    public static func tapCount(step: Double) -> Int {
        guard step > 1 else { return 1 }
        return step < Double(largestTapCount) ? Int(step.rounded(.up)) : largestTapCount
    }

    /// A map to square pixels, led on to the pixels that are stored.
    func stored(_ map: AffineMap) -> AffineMap {
        let scale = squareScale
        return scale == (1, 1) ? map : map.scaled(x: 1 / scale.x, y: 1 / scale.y)
    }

    var planes: nf_planes {
        nf_planes(
            y: y, u: u, v: v, width: Int32(width), height: Int32(height), y_stride: Int32(yStride),
            chroma_stride: Int32(chromaStride), chroma_step: Int32(chromaStep))
    }
}

extension AffineMap {
    var native: nf_affine { nf_affine(xx: xx, xy: xy, x0: x0, yx: yx, yy: yy, y0: y0) }
}

extension SampleBorder {
    var native: nf_border { self == .replicate ? NF_BORDER_REPLICATE : NF_BORDER_ZERO }
}
