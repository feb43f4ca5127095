/// The appearance embedding of a face: what it looks like apart from pose, light and (mostly) expression. Enough to tell the few people of one scene apart for
/// a while, and not more. It is kept in memory only.
///
/// Two parts stand in one vector, so that the distance between two signatures is Euclid's:
/// - the middle of the aligned luma crop averaged over 12 x 12 blocks of 6 x 6 pixels, with its mean and its slope in x and y
///   (side light) taken out, of length 1;
/// - x and y of the pose-free landmarks that move little with expression, minus the canonical head's, weighted.
///
/// Measured (`Documentation/Tracking.md`): a person's frames lie at 0.2-0.75 from their running mean, strangers' photographs at 1.15 in the
/// middle and below 0.73 in one pair of a hundred.
package enum FaceSignature {
    /// Blocks along each side, and pixels along each side of a block.
    static let blocks = 12
    static let blockSize = 6
    /// Weight of the landmarks' part: makes their spread between people about half of the luma's.
    static let shapeWeight: Float = 8
    /// Values of a signature.
    package static let count = blocks * blocks + CanonicalHead.rigidPoints.count * 2

    /// Writes the signature of a face.
    ///
    /// - Parameters:
    ///   - crop: `FaceTracker.cropSize` squared luma values.
    ///   - landmarks: 468 landmarks, flat x, y, z in pixels, and the fit made from them.
    ///   - output: room for `count` values.
    package static func write(
        crop: UnsafeBufferPointer<UInt8>, landmarks: UnsafeBufferPointer<Float>, fit: CanonicalFit,
        into output: UnsafeMutableBufferPointer<Float>
    ) {
        precondition(output.count == count && crop.count == FaceTracker.cropSize * FaceTracker.cropSize)
        writeLuma(crop, into: output)
        let weight = shapeWeight / Float(CanonicalHead.rigidPoints.count).squareRoot()
        var place = blocks * blocks
        for index in CanonicalHead.rigidPoints {
            let p = fit.fit.undone(
                SIMD3(
                    Double(landmarks[index * 3]), Double(landmarks[index * 3 + 1]), Double(landmarks[index * 3 + 2])))
            output[place] = weight * (Float(p.x) - CanonicalHead.points[index * 3])
            output[place + 1] = weight * (Float(p.y) - CanonicalHead.points[index * 3 + 1])
            place += 2
        }
    }

    private static func writeLuma(
        _ crop: UnsafeBufferPointer<UInt8>, into output: UnsafeMutableBufferPointer<Float>
    ) {
        let size = FaceTracker.cropSize
        let first = (size - blocks * blockSize) / 2
        let middle = Float(blocks - 1) / 2
        var (mean, slopeX, slopeY): (Float, Float, Float) = (0, 0, 0)
        for row in 0..<blocks {
            for column in 0..<blocks {
                var sum = 0
                for y in 0..<blockSize {
                    let start = (first + row * blockSize + y) * size + first + column * blockSize
                    for x in 0..<blockSize { sum += Int(crop[start + x]) }
                }
                let value = Float(sum)
                output[row * blocks + column] = value
                mean += value
                slopeX += value * (Float(column) - middle)
                slopeY += value * (Float(row) - middle)
            }
        }
        mean /= Float(blocks * blocks)
        // The sum of squared distances from the middle, over the whole grid.
        let spread = Float(blocks * blocks) * Float(blocks * blocks - 1) / 12
        slopeX /= spread
        slopeY /= spread
        var squares: Float = 0
        for row in 0..<blocks {
            for column in 0..<blocks {
                let place = row * blocks + column
                let value =
                    output[place] - mean - slopeX * (Float(column) - middle) - slopeY * (Float(row) - middle)
                output[place] = value
                squares += value * value
            }
        }
        // An even surface has no appearance at all; its values stay near zero rather than becoming amplified noise.
        let scale = 1 / max(squares.squareRoot(), Float(blockSize * blockSize))
        for place in 0..<blocks * blocks { output[place] *= scale }
    }
}

/// A signature averaged over frames, slowly enough to outlast a grimace.
package struct RunningSignature: Sendable, Equatable {
    /// How little the newest frame weighs at least and once settled: a memory of about 50 frames.
    static let slowest: Float = 0.02

    package private(set) var values: [Float] = []
    package private(set) var frames = 0

    package init() {}

    /// Takes in a frame's signature.
    package mutating func add(_ signature: [Float]) {
        frames += 1
        guard frames > 1 else {
            values = signature
            return
        }
        let weight = max(1 / Float(frames), Self.slowest)
        for index in values.indices { values[index] += weight * (signature[index] - values[index]) }
    }

    /// Forgets everything.
    package mutating func clear() {
        values.removeAll(keepingCapacity: true)
        frames = 0
    }

    /// Euclid's distance to another signature; nil while either is empty.
    package func distance(to other: RunningSignature) -> Float? { distance(to: other.values) }

    /// Euclid's distance to a frame's signature; nil while either is empty.
    package func distance(to other: [Float]) -> Float? {
        guard !values.isEmpty, values.count == other.count else { return nil }
        return signatureDistance(values, other)
    }
}

/// Euclid's distance of two signatures of one length.
func signatureDistance(_ a: [Float], _ b: [Float]) -> Float {
    var sum: Float = 0
    for index in a.indices {
        let difference = a[index] - b[index]
        sum += difference * difference
    }
    return sum.squareRoot()
}
