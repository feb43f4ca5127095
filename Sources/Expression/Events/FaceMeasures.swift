internal import Faces
internal import Glibc

/// Lengths on a face that do not depend on its size, nor, as they are taken in space, much on its pose.
struct FaceMeasures: Sendable, Equatable {
    /// Height of the eye's opening over its width (the eye aspect ratio of T. Soukupová, J. Čech: Real-Time Eye Blink Detection
    /// using Facial Landmarks, CVWW 2016), of the subject's own left.
    var leftEye: Float
    /// The same of the subject's own right.
    var rightEye: Float
    /// The gap between the inner lips over the distance of the outer eye corners.
    var lipGap: Float

    /// Measures a face.
    ///
    /// - Parameter landmarks: 468 landmarks, flat x, y, z.
    /// - Returns: nil where there are none, or all lie in one place.
    init?(landmarks: [Float]) {
        guard landmarks.count == Face.landmarkCount * 3 else { return nil }
        let lengths = landmarks.withUnsafeBufferPointer { points -> (left: Float, right: Float, gap: Float) in
            func distance(_ first: Int, _ second: Int) -> Float {
                let x = points[first * 3] - points[second * 3]
                let y = points[first * 3 + 1] - points[second * 3 + 1]
                let z = points[first * 3 + 2] - points[second * 3 + 2]
                return (x * x + y * y + z * z).squareRoot()
            }
            let left = (distance(387, 373) + distance(385, 380)) / (2 * distance(263, 362))
            let right = (distance(160, 144) + distance(158, 153)) / (2 * distance(33, 133))
            return (left, right, distance(13, 14) / distance(33, 263))
        }
        guard lengths.left.isFinite, lengths.right.isFinite, lengths.gap.isFinite else { return nil }
        (leftEye, rightEye, lipGap) = lengths
    }
}

/// A quantile of the recent past: a histogram whose older entries count less and less. Nothing is allocated after it was made.
struct RunningQuantile: Sendable {
    private let part: Float
    private let range: ClosedRange<Float>
    private let timeConstant: Double
    private var bins: [Double]
    private var total = 0.0
    /// The quantile; nil before the first value.
    private(set) var value: Float?

    /// - Parameters:
    ///   - part: 0.75 for what three quarters of the values lie below.
    ///   - range: of the values; what lies beyond counts as its end.
    ///   - timeConstant: seconds after which a value counts 1/e.
    init(part: Float, range: ClosedRange<Float>, bins: Int = 64, timeConstant: Double) {
        self.part = part
        self.range = range
        self.timeConstant = timeConstant
        self.bins = [Double](repeating: 0, count: bins)
    }

    /// Takes a value that stands for `dt` seconds.
    mutating func add(_ sample: Float, dt: Double) {
        let count = bins.count
        let keep = exp(-dt / timeConstant)
        let width = (range.upperBound - range.lowerBound) / Float(count)
        let place = (min(max(sample, range.lowerBound), range.upperBound) - range.lowerBound) / width
        let wanted = Double(part)
        bins.withUnsafeMutableBufferPointer { bins in
            for index in 0..<count { bins[index] *= keep }
            bins[min(count - 1, Int(place))] += dt
        }
        total = total * keep + dt
        var sum = 0.0
        for index in 0..<count where bins[index] > 0 {
            let next = sum + bins[index]
            if next >= wanted * total || index == count - 1 {
                let inside = Float(min(1, max(0, (wanted * total - sum) / bins[index])))
                value = range.lowerBound + (Float(index) + inside) * width
                return
            }
            sum = next
        }
    }
}
