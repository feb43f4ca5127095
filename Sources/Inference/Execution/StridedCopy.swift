/// Copies elements of any width from one arrangement to another: the motor of transpose, slice, concat, expand, tile and their kin.
struct StridedCopy: Sendable {
    private let walk: Walk
    private let sourceOffset: Int
    private let targetOffset: Int
    private let width: Int

    /// - Parameters:
    ///   - width: bytes of an element: 1, 2, 4 or 8.
    ///   - shape: the extents copied.
    ///   - source: the source's stride along each axis, in elements; may be zero or negative.
    ///   - sourceOffset: the element of the source that the walk begins with.
    init(
        width: Int, shape: [Int], source: [Int], sourceOffset: Int = 0, target: [Int], targetOffset: Int = 0
    ) throws(InferenceError) {
        walk = try Walk(shape, source, target)
        self.sourceOffset = sourceOffset
        self.targetOffset = targetOffset
        self.width = width
    }

    func callAsFunction(from source: UnsafeRawPointer, to target: UnsafeMutableRawPointer) {
        switch width {
        case 1: copy(source, target, UInt8.self)
        case 2: copy(source, target, UInt16.self)
        case 4: copy(source, target, UInt32.self)
        default: copy(source, target, UInt64.self)
        }
    }

    private func copy<T: BitwiseCopyable>(
        _ source: UnsafeRawPointer, _ target: UnsafeMutableRawPointer, _: T.Type
    ) {
        let from = source.assumingMemoryBound(to: T.self) + sourceOffset
        let to = target.assumingMemoryBound(to: T.self) + targetOffset
        let length = walk.rowLength
        let (fromStride, toStride, _) = walk.rowStrides
        if toStride == 1 && fromStride == 1 {
            walk.forEachRow { a, b, _ in (to + b).update(from: from + a, count: length) }
        } else if toStride == 1 && fromStride == 0 {
            walk.forEachRow { a, b, _ in (to + b).update(repeating: from[a], count: length) }
        } else {
            walk.forEachRow { a, b, _ in
                for index in 0..<length { to[b + index * toStride] = from[a + index * fromStride] }
            }
        }
    }
}
