import CKernels
import Glibc
import Imaging
import Testing

/// The sampling kernels of every instruction set of this machine against the plain ones, over pictures and maps that touch every
/// edge.
struct WarpKernelTests {
    /// Odd and even sizes, tiny ones, padded rows, both chroma layouts.
    static let pictures: [(Int, Int, Picture.Chroma, Int)] = [
        (64, 48, .planar, 0), (63, 47, .interleaved, 5), (65, 33, .planar, 7), (8, 4, .interleaved, 0),
        (9, 5, .planar, 0), (7, 7, .planar, 0), (1, 1, .planar, 0), (2, 9, .interleaved, 1), (40, 40, .none, 0),
    ]

    /// The kernels of this machine, the plain ones left out.
    static var others: [UnsafePointer<nf_kernels>] {
        [NF_ISA_AVX2, NF_ISA_AVX512, NF_ISA_NEON].compactMap { nf_kernels_for($0) }
    }

    static let plain = nf_kernels_for(NF_ISA_PORTABLE)!.pointee

    @Test(arguments: 0..<pictures.count)
    func everyInstructionSetSamplesRGBAsThePlainKernelDoes(index: Int) {
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
            var plain = [Float](repeating: -9, count: 29 * 13 * 3)
            Self.plain.warp_rgb(&planes, &map, &colour, 29, 13, taps, border, 1, 0, &plain)
            for table in Self.others {
                var fast = [Float](repeating: -9, count: plain.count)
                table.pointee.warp_rgb(&planes, &map, &colour, 29, 13, taps, border, 1, 0, &fast)
                // Single precision puts a sample a few ten-thousandths of a pixel off; noise has slopes of 255 a pixel.
                #expect(zip(fast, plain).allSatisfy { abs($0 - $1) < 0.1 }, "\(Self.name(table))")
            }
        }
    }

    @Test(arguments: 0..<pictures.count)
    func everyInstructionSetSamplesLumaToTheByte(index: Int) {
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
            var plain = [UInt8](repeating: 77, count: 29 * 13)
            Self.plain.warp_luma(&planes, &map, 29, 13, taps, 1.164, -18.6, &plain)
            for table in Self.others {
                var fast = [UInt8](repeating: 77, count: plain.count)
                table.pointee.warp_luma(&planes, &map, 29, 13, taps, 1.164, -18.6, &fast)
                #expect(fast == plain, "\(Self.name(table))")
            }
        }
    }

    /// A quarter of a turn over noise: the faster kernels, which multiply and add in one rounding, give other bits than the plain one.
    static func sampled(
        _ warp: (
            UnsafePointer<nf_planes>?, UnsafePointer<nf_affine>?, UnsafePointer<nf_colour>?, Int32, Int32, Int32,
            nf_border,
            Float, Float, UnsafeMutablePointer<Float>?
        ) -> Void
    ) -> [UInt32] {
        var noise = Noise(seed: 5)
        let picture = Picture(width: 64, height: 48, luma: { _, _ in noise.byte() })
        defer { withExtendedLifetime(picture) {} }
        var planes = planes(picture.image)
        var map = nf_affine(xx: 0.81, xy: -0.57, x0: 20.1, yx: 0.57, yy: 0.81, y0: 1.3)
        var colour = nf_colour(y_gain: 1.16, r_v: 1.6, g_u: -0.39, g_v: -0.81, b_u: 2.02, r0: -222, g0: 136, b0: -277)
        var output = [Float](repeating: 0, count: 32 * 32 * 3)
        warp(&planes, &map, &colour, 32, 32, 3, NF_BORDER_REPLICATE, 1, 0, &output)
        return output.map(\.bitPattern)
    }

    @Test func theUsualWarpIsThatOfTheInstructionSetInUse() {
        let current = nf_kernels_for(nf_isa_current())!.pointee
        #expect(Self.sampled(nf_warp_rgb) == Self.sampled(current.warp_rgb))
    }

    /// The choice is made once in a process: each of these has one of its own.
    @Test(.timeLimit(.minutes(30))) func theEnvironmentChoosesThePlainWarp() async {
        await #expect(processExitsWith: .success) {
            setenv("NORFACE_ISA", "portable", 1)
            let chosen = WarpKernelTests.sampled(nf_warp_rgb)
            precondition(nf_isa_current() == NF_ISA_PORTABLE)
            precondition(chosen == WarpKernelTests.sampled(WarpKernelTests.plain.warp_rgb))
            // Where there is a faster kernel its bits are others, so that the comparison above means something.
            for table in WarpKernelTests.others where table.pointee.isa != NF_ISA_NEON {
                precondition(chosen != WarpKernelTests.sampled(table.pointee.warp_rgb))
            }
        }
    }

    @Test(.timeLimit(.minutes(30))) func theEnvironmentChoosesTheWarpOfEachInstructionSet() async {
        await #expect(processExitsWith: .success) {
            setenv("NORFACE_ISA", "avx2", 1)
            guard let table = nf_kernels_for(NF_ISA_AVX2) else {
                // A name that this machine has not leaves the choice as it was.
                precondition(nf_isa_current() == nf_isa_detect())
                return
            }
            precondition(nf_isa_current() == NF_ISA_AVX2)
            precondition(WarpKernelTests.sampled(nf_warp_rgb) == WarpKernelTests.sampled(table.pointee.warp_rgb))
        }
    }

    private static func name(_ table: UnsafePointer<nf_kernels>) -> String {
        String(cString: nf_isa_name(table.pointee.isa))
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
