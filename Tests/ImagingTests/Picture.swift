import Imaging

/// A picture in memory of the test's own, made from a function of the pixel.
final class Picture {
    let width: Int
    let height: Int
    let stride: Int
    let chromaStride: Int
    let chromaStep: Int
    private let y: UnsafeMutablePointer<UInt8>
    private let u: UnsafeMutablePointer<UInt8>?
    private let v: UnsafeMutablePointer<UInt8>?
    private let chroma: UnsafeMutablePointer<UInt8>?
    var fullRange = true
    var matrix = PlanarImage.Matrix.bt601
    var pixelAspect = 1.0

    enum Chroma { case none, planar, interleaved }

    init(
        width: Int, height: Int, chroma kind: Chroma = .planar, padding: Int = 0, luma: (Int, Int) -> UInt8,
        cb: (Int, Int) -> UInt8 = { _, _ in 128 }, cr: (Int, Int) -> UInt8 = { _, _ in 128 }
    ) {
        self.width = width
        self.height = height
        stride = width + padding
        y = .allocate(capacity: stride * height)
        for row in 0..<height { for column in 0..<width { y[row * stride + column] = luma(column, row) } }
        let (w, h) = ((width + 1) / 2, (height + 1) / 2)
        chromaStep = kind == .interleaved ? 2 : 1
        chromaStride = w * chromaStep + padding
        if kind == .none {
            chroma = nil
            u = nil
            v = nil
            return
        }
        let planes = UnsafeMutablePointer<UInt8>.allocate(capacity: chromaStride * h * 2)
        chroma = planes
        u = planes
        v = kind == .interleaved ? planes + 1 : planes + chromaStride * h
        for row in 0..<h {
            for column in 0..<w {
                u![row * chromaStride + column * chromaStep] = cb(column, row)
                v![row * chromaStride + column * chromaStep] = cr(column, row)
            }
        }
    }

    deinit {
        y.deallocate()
        chroma?.deallocate()
    }

    var image: PlanarImage {
        PlanarImage(
            width: width, height: height, y: y, yStride: stride, u: u, v: v, chromaStride: chromaStride,
            chromaStep: chromaStep, fullRange: fullRange, matrix: matrix, pixelAspect: pixelAspect,
            owner: self)
    }

    func rgb(
        _ outputWidth: Int, _ outputHeight: Int, map: AffineMap = .identity, taps: Int = 1,
        border: SampleBorder = .replicate, range: SampleRange = SampleRange(low: 0, high: 255)
    ) -> [Float] {
        [Float](unsafeUninitializedCapacity: outputWidth * outputHeight * 3) { buffer, count in
            image.sampleRGB(
                into: buffer.baseAddress!, width: outputWidth, height: outputHeight, map: map, taps: taps,
                border: border, range: range)
            count = buffer.count
        }
    }

    func luma(_ outputWidth: Int, _ outputHeight: Int, map: AffineMap = .identity) -> [UInt8] {
        [UInt8](unsafeUninitializedCapacity: outputWidth * outputHeight) { buffer, count in
            image.sampleLuma(into: buffer.baseAddress!, width: outputWidth, height: outputHeight, map: map)
            count = buffer.count
        }
    }
}

/// A small deterministic source of numbers (Knuth's MMIX generator).
struct Noise {
    private var state: UInt64

    init(seed: UInt64) { state = seed &* 2_862_933_555_777_941_757 &+ 3_037_000_493 }

    mutating func byte() -> UInt8 {
        state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
        return UInt8(truncatingIfNeeded: state >> 56)
    }

    /// Evenly spread over -1...1.
    mutating func unit() -> Double { (Double(byte()) * 256 + Double(byte())) / 32767.5 - 1 }
}
