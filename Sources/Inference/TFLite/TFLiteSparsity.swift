/// How a sparse tensor's kept values lie in the dense one: `SparsityParameters` of TFLite's schema, after "Format abstraction for
/// sparse tensor algebra compilers" (Chou, Kjolstad and Amarasinghe, 2018).
///
/// The dense tensor's axes, and after them the axes of the blocks that some are divided into, are walked in `order`. Each level is
/// either dense or compressed: `segments` then tell, for every position of the levels above, which part of `indices` it keeps.
struct TFLiteSparsity {
    struct Level {
        let denseSize: Int
        let segments: [Int]
        let indices: [Int]
        let isDense: Bool
    }

    let order: [Int]
    /// For each block axis, the axis of the tensor that it divides.
    let blockMap: [Int]
    let levels: [Level]

    /// Elements a sparse tensor may have when it is dense: a few bytes can describe many.
    static let maximumCount = 1 << 26

    init(_ table: FlatBuffer.Table) throws(InferenceError) {
        order = try table.ints(0) ?? []
        blockMap = try table.ints(1) ?? []
        var levels: [Level] = []
        for entry in try table.tables(2) {
            levels.append(
                Level(
                    denseSize: try entry.int(1), segments: try TFLiteSparsity.indices(entry, 2),
                    indices: try TFLiteSparsity.indices(entry, 4), isDense: try entry.byte(0) == 0))
        }
        self.levels = levels
    }

    /// A vector that stands in one of three widths.
    private static func indices(_ table: FlatBuffer.Table, _ field: Int) throws(InferenceError) -> [Int] {
        guard let vector = try table.table(field + 1) else { return [] }
        return switch try table.byte(field) {
        case 1: try vector.ints(0) ?? []
        case 2: try vector.numbers(0, as: UInt16.self) ?? []
        case 3: try vector.numbers(0, as: UInt8.self) ?? []
        default: throw FlatBuffer.malformed("a sparse level's indices are of an unknown kind")
        }
    }

    /// Writes the kept values to their places among zeros.
    ///
    /// - Parameters:
    ///   - shape: of the dense tensor.
    ///   - size: bytes of one element.
    /// - Throws: `malformedModel` when the levels contradict the shape or the number of kept values.
    func expand(
        _ data: UnsafeRawBufferPointer, shape: [Int], size: Int, into dense: UnsafeMutableRawBufferPointer
    ) throws(InferenceError) {
        // An axis without elements may be divided into blocks of any size, which would be walked for nothing.
        if shape.contains(0) {
            guard data.isEmpty else { throw FlatBuffer.malformed("an empty sparse tensor keeps values") }
            return
        }
        let rank = shape.count
        guard order.count == levels.count, order.count == rank + blockMap.count,
            order.count <= 2 * TensorSpec.maximumRank,
            order.sorted() == Array(order.indices), blockMap.allSatisfy({ (0..<rank).contains($0) })
        else { throw FlatBuffer.malformed("the sparse levels \(order) with blocks \(blockMap) do not fit \(shape)") }

        // The extent of every axis: blocks first, for they shorten the axes that they divide.
        var extents = shape + [Int](repeating: 0, count: blockMap.count)
        for (level, axis) in order.enumerated() where axis >= rank {
            let block = levels[level].denseSize
            let divided = blockMap[axis - rank]
            guard levels[level].isDense, block > 0, extents[divided] % block == 0 else {
                throw FlatBuffer.malformed("a sparse block of \(block) does not divide axis \(divided) of \(shape)")
            }
            extents[axis] = block
            extents[divided] /= block
        }
        for (level, axis) in order.enumerated() where levels[level].isDense {
            guard levels[level].denseSize == extents[axis] else {
                throw FlatBuffer.malformed("a dense level of \(levels[level].denseSize), not \(extents[axis])")
            }
        }
        // A step along each axis, in elements of the dense tensor.
        let strides = Shapes.strides(of: shape)
        var steps = strides + [Int](repeating: 0, count: blockMap.count)
        for (block, axis) in blockMap.enumerated() {
            steps[rank + block] = strides[axis]
            steps[axis] = strides[axis] * extents[rank + block]
        }
        var walk = Walk(sparsity: self, extents: extents, steps: steps, data: data, dense: dense, size: size)
        try walk.level(0, position: 0, offset: 0)
        guard walk.taken * size == data.count else {
            throw FlatBuffer.malformed("a sparse tensor keeps \(data.count / size) values, its levels \(walk.taken)")
        }
    }

    private struct Walk {
        let sparsity: TFLiteSparsity
        let extents: [Int]
        let steps: [Int]
        let data: UnsafeRawBufferPointer
        let dense: UnsafeMutableRawBufferPointer
        let size: Int
        var taken = 0

        mutating func level(_ depth: Int, position: Int, offset: Int) throws(InferenceError) {
            guard depth < sparsity.levels.count else {
                guard (taken + 1) * size <= data.count, (offset + 1) * size <= dense.count else {
                    throw FlatBuffer.malformed("a sparse tensor's levels keep more values than are stored")
                }
                dense.baseAddress!.advanced(by: offset * size)
                    .copyMemory(from: data.baseAddress!.advanced(by: taken * size), byteCount: size)
                taken += 1
                return
            }
            let level = sparsity.levels[depth]
            let axis = sparsity.order[depth]
            if level.isDense {
                for index in 0..<extents[axis] {
                    try self.level(
                        depth + 1, position: position * extents[axis] + index, offset: offset + index * steps[axis])
                }
                return
            }
            guard position + 1 < level.segments.count, level.segments[position] >= 0,
                level.segments[position] <= level.segments[position + 1],
                level.segments[position + 1] <= level.indices.count
            else { throw FlatBuffer.malformed("a sparse level's segment \(position) lies outside its indices") }
            for entry in level.segments[position]..<level.segments[position + 1] {
                let index = level.indices[entry]
                guard (0..<extents[axis]).contains(index) else {
                    throw FlatBuffer.malformed("a sparse level has index \(index) on an axis of \(extents[axis])")
                }
                try self.level(depth + 1, position: entry, offset: offset + index * steps[axis])
            }
        }
    }
}
