/// Makes square grey pictures of one size from those of another, bicubically (Catmull and Rom's kernel, Keys 1981 with a = -1/2).
///
/// Pixels' centres lie at a half; where the picture becomes smaller the kernel is as wide as the new pixels. The edge is repeated.
public struct Resampler: Sendable {
    /// The side of the pictures that are read.
    public let from: Int
    /// The side of the pictures that are made.
    public let to: Int
    /// For each new row or column where its taps begin, and their weights.
    private let taps: [(start: Int, weights: [Float])]
    private var rows: [Float]

    /// Makes a resampler.
    public init(from: Int, to: Int) {
        precondition(from > 0 && to > 0, "a picture has a size")
        (self.from, self.to) = (from, to)
        let step = Double(from) / Double(to)
        let width = max(1, step)
        taps = (0..<to).map { index in
            let centre = (Double(index) + 0.5) * step - 0.5
            let first = Int((centre - 2 * width).rounded(.up))
            let last = Int((centre + 2 * width).rounded(.down))
            let weights = (first...last).map { Self.kernel(abs(Double($0) - centre) / width) }
            let sum = weights.reduce(0, +)
            return (first, weights.map { Float($0 / sum) })
        }
        rows = [Float](repeating: 0, count: from * to)
    }

    private static func kernel(_ x: Double) -> Double {
        if x < 1 { return (1.5 * x - 2.5) * x * x + 1 }
        return x < 2 ? ((-0.5 * x + 2.5) * x - 4) * x + 2 : 0
    }

    /// Makes a picture.
    ///
    /// - Parameters:
    ///   - picture: `from` x `from` values, row by row.
    ///   - result: becomes `to` x `to` values; its memory is used again.
    public mutating func resample(_ picture: [UInt8], into result: inout [UInt8]) {
        precondition(picture.count == from * from, "a picture of another size")
        if result.count != to * to { result = [UInt8](repeating: 0, count: to * to) }
        for row in 0..<from {
            for column in 0..<to {
                let (start, weights) = taps[column]
                var sum: Float = 0
                for (index, weight) in weights.enumerated() {
                    sum += weight * Float(picture[row * from + min(from - 1, max(0, start + index))])
                }
                rows[row * to + column] = sum
            }
        }
        for row in 0..<to {
            let (start, weights) = taps[row]
            for column in 0..<to {
                var sum: Float = 0
                for (index, weight) in weights.enumerated() {
                    sum += weight * rows[min(from - 1, max(0, start + index)) * to + column]
                }
                result[row * to + column] = UInt8(min(255, max(0, sum.rounded())))
            }
        }
    }
}
