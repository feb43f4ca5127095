import CKernels
import Imaging
import Testing

/// The dispatched kernels against the portable ones, over pictures and maps that touch every edge.
struct WarpKernelTests {
    /// Odd and even sizes, tiny ones, padded rows, both chroma layouts.
    static let pictures: [(Int, Int, Picture.Chroma, Int)] = [
        (64, 48, .planar, 0), (63, 47, .interleaved, 5), (65, 33, .planar, 7), (8, 4, .interleaved, 0),
        (9, 5, .planar, 0), (7, 7, .planar, 0), (1, 1, .planar, 0), (2, 9, .interleaved, 1), (40, 40, .none, 0),
    ]

    @Test(arguments: 0..<pictures.count)
    func vectorAndPortableRGBAgree(index: Int) {
        let (width, height, kind, padding) = Self.pictures[index]
        var noise = Noise(seed: UInt64(index))
        let picture = Picture(
            width: width, height: height, chroma: kind, padding: padding, luma: { _, _ in noise.byte() },
            cb: { x, y in UInt8(truncatingIfNeeded: x * 7 + y * 3) },
            cr: { x, y in UInt8(truncatingIfNeeded: 255 - x * 5 - y) })
        // The kernels are given addresses, which keep nothing.
        defer { withExtendedLifetime(picture) {} }
        for trial in 0..<12 {
            var map = Self.map(&noise, width: width, height: height, output: 29)
            var planes = Self.planes(picture.image)
            var colour = nf_colour(
                y_gain: 1.16, r_v: 1.6, g_u: -0.39, g_v: -0.81, b_u: 2.02, r0: -222, g0: 136, b0: -277)
            let border = trial % 2 == 0 ? NF_BORDER_REPLICATE : NF_BORDER_ZERO
            let taps = Int32(1 + trial % 3)
            var fast = [Float](repeating: -9, count: 29 * 13 * 3)
            var plain = fast
            nf_warp_rgb(&planes, &map, &colour, 29, 13, taps, border, 1, 0, &fast)
            nf_warp_rgb_portable(&planes, &map, &colour, 29, 13, taps, border, 1, 0, &plain)
            // Single precision puts a sample a few ten-thousandths of a pixel off; noise has slopes of 255 a pixel.
            for (a, b) in zip(fast, plain) { #expect(abs(a - b) < 0.1) }
        }
    }

    @Test(arguments: 0..<pictures.count)
    func vectorAndPortableLumaAgreeToTheByte(index: Int) {
        let (width, height, kind, padding) = Self.pictures[index]
        var noise = Noise(seed: UInt64(100 + index))
        let picture = Picture(
            width: width, height: height, chroma: kind, padding: padding, luma: { _, _ in noise.byte() })
        // The kernels are given addresses, which keep nothing.
        defer { withExtendedLifetime(picture) {} }
        for trial in 0..<12 {
            var map = Self.map(&noise, width: width, height: height, output: 29)
            var planes = Self.planes(picture.image)
            let taps = Int32(1 + trial % 8)
            var fast = [UInt8](repeating: 77, count: 29 * 13)
            var plain = fast
            nf_warp_luma(&planes, &map, 29, 13, taps, 1.164, -18.6, &fast)
            nf_warp_luma_portable(&planes, &map, 29, 13, taps, 1.164, -18.6, &plain)
            #expect(fast == plain)
        }
    }

    @Test func hostileMapsStayInsideThePicture() {
        let picture = Picture(width: 32, height: 32, luma: { x, _ in UInt8(x) })
        for value in [Double.nan, .infinity, -.infinity, 1e30, -1e30] {
            let map = AffineMap(xx: value, xy: 1, x0: value, yx: 0, yy: value, y0: 0)
            #expect(picture.rgb(16, 16, map: map).count == 16 * 16 * 3)
            #expect(picture.luma(16, 16, map: map).allSatisfy { $0 <= 31 })
        }
    }

    private static func map(_ noise: inout Noise, width: Int, height: Int, output: Int) -> nf_affine {
        let step = Double(max(width, height)) / Double(output) * (1 + noise.unit() * 0.8)
        let turn = noise.unit()
        let side = (1 - turn * turn).squareRoot()
        return nf_affine(
            xx: step * side, xy: -step * turn, x0: Double(width) * noise.unit(), yx: step * turn, yy: step * side,
            y0: Double(height) * noise.unit())
    }

    private static func planes(_ image: PlanarImage) -> nf_planes {
        nf_planes(
            y: image.y, u: image.u, v: image.v, width: Int32(image.width), height: Int32(image.height),
            y_stride: Int32(image.yStride), chroma_stride: Int32(image.chromaStride),
            chroma_step: Int32(image.chromaStep))
    }
}
