/// What the luma of an aligned crop says of a picture's technical quality. Read from the middle two thirds, which hold the face.
package struct CropStatistics: Sendable, Equatable {
    /// Mean luma, 0-255.
    package var mean: Float
    /// Standard deviation of luma.
    package var deviation: Float
    /// Fraction of pixels at or near black or white, 0-1.
    package var clipped: Float
    /// Variance of the Laplacian over variance of luma: fine detail relative to contrast, independent of exposure.
    package var sharpness: Float

    package init(mean: Float, deviation: Float, clipped: Float, sharpness: Float) {
        self.mean = mean
        self.deviation = deviation
        self.clipped = clipped
        self.sharpness = sharpness
    }

    /// Luma up to this, and from 255 minus it, counts as clipped.
    package static let clipMargin = 6

    /// - Parameters:
    ///   - crop: `size` x `size` full-range luma, row by row.
    ///   - size: at least 12.
    package init(crop: UnsafeBufferPointer<UInt8>, size: Int) {
        precondition(size >= 12 && crop.count == size * size, "a crop is a square of at least 12 pixels")
        let first = size / 6
        let last = size - first
        var sum = 0
        var squares = 0
        var outside = 0
        var edges = 0
        var edgeSquares = 0
        for row in first..<last {
            let line = crop.baseAddress! + row * size
            for column in first..<last {
                let value = Int(line[column])
                sum += value
                squares += value * value
                outside += value <= Self.clipMargin || value >= 255 - Self.clipMargin ? 1 : 0
                let around =
                    Int(line[column - 1]) + Int(line[column + 1]) + Int(line[column - size])
                    + Int(line[column + size])
                let edge = around - 4 * value
                edges += edge
                edgeSquares += edge * edge
            }
        }
        let count = Float((last - first) * (last - first))
        mean = Float(sum) / count
        let variance = max(0, Float(squares) / count - mean * mean)
        deviation = variance.squareRoot()
        clipped = Float(outside) / count
        let edgeMean = Float(edges) / count
        let edgeVariance = max(0, Float(edgeSquares) / count - edgeMean * edgeMean)
        sharpness = edgeVariance / max(variance, 1)
    }
}
