/// The element type and the whole shape of a tensor, known before it has contents.
public struct TensorSpec: Sendable, Hashable, CustomStringConvertible {
    /// The type of the elements.
    public let type: DataType
    /// The extent of each axis, outermost first; empty for a scalar. Row-major.
    public let shape: [Int]
    /// The product of the extents.
    public let count: Int

    /// Axes a tensor may have. The walkers over tensors keep their counters in eight lanes.
    package static let maximumRank = 8
    /// Elements a tensor may have: a hostile model must not make the engine ask for the machine's memory.
    package static let maximumCount = 1 << 29

    /// - Throws: `tooLarge` when the rank or the number of elements is beyond the limits, `invalidNode` when an extent is
    ///   negative.
    package init(_ type: DataType, _ shape: [Int]) throws(InferenceError) {
        guard shape.count <= TensorSpec.maximumRank else {
            throw InferenceError(.tooLarge, "a tensor of \(shape.count) axes; the limit is \(TensorSpec.maximumRank)")
        }
        var product = 1
        for extent in shape {
            guard extent >= 0 else { throw InferenceError(.invalidNode, "a tensor of shape \(shape)") }
            let (next, overflow) = product.multipliedReportingOverflow(by: Swift.max(extent, 1))
            guard !overflow, next <= TensorSpec.maximumCount else {
                throw InferenceError(.tooLarge, "a tensor of shape \(shape); the limit is 2^29 elements")
            }
            product = next
        }
        self.type = type
        self.shape = shape
        self.count = shape.contains(0) ? 0 : product
    }

    /// Bytes the elements take, packed.
    public var byteCount: Int { count * type.size }
    /// The number of axes.
    public var rank: Int { shape.count }
    /// Elements between neighbours along each axis.
    package var strides: [Int] { Shapes.strides(of: shape) }

    /// Element type and shape: `float32[1, 3, 224, 224]`.
    public var description: String { "\(type)\(shape)" }
}

/// Arithmetic on shapes.
package enum Shapes {
    /// The row-major strides of a shape, in elements.
    package static func strides(of shape: [Int]) -> [Int] {
        var strides = [Int](repeating: 1, count: shape.count)
        for axis in shape.indices.dropLast().reversed() { strides[axis] = strides[axis + 1] * shape[axis + 1] }
        return strides
    }

    /// The product of extents already known to be within the limits.
    package static func count(_ shape: some Sequence<Int>) -> Int { shape.reduce(1, *) }

    /// The shape that two shapes broadcast to, by the rules of NumPy.
    package static func broadcast(_ a: [Int], _ b: [Int]) throws(InferenceError) -> [Int] {
        let rank = max(a.count, b.count)
        var result = [Int](repeating: 1, count: rank)
        for axis in 0..<rank {
            let x = axis < rank - a.count ? 1 : a[axis - (rank - a.count)]
            let y = axis < rank - b.count ? 1 : b[axis - (rank - b.count)]
            guard x == y || x == 1 || y == 1 else {
                throw InferenceError(.invalidNode, "shapes \(a) and \(b) do not broadcast")
            }
            result[axis] = x == 1 ? y : x
        }
        return result
    }

    /// An axis counted from the front.
    /// - Throws: `invalidNode` when it is outside `-rank ..< rank`.
    package static func axis(_ axis: Int, rank: Int) throws(InferenceError) -> Int {
        guard axis >= -rank, axis < rank else {
            throw InferenceError(.invalidNode, "axis \(axis) of a tensor with \(rank) axes")
        }
        return axis < 0 ? axis + rank : axis
    }
}
