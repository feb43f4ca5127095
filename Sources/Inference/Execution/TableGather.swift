/// Copies elements picked by one table of source offsets for each axis: nearest-neighbour resizing, reflecting pads and their kin.
struct TableGather: Sendable {
    private let width: Int
    private let shape: SIMD8<Int>
    private let rank: Int
    private let rows: Int
    /// Tables one after the other; `starts` tells where each begins.
    private let offsets: [Int]
    private let starts: SIMD8<Int>

    /// Bytes of the tables for an output of this shape: they are made when there is room for them, twice for the time that it takes.
    static func byteCount(_ shape: [Int]) throws(InferenceError) -> Int {
        let entries = try Checked.sum(shape, "tables of an output")
        return try Checked.product([2, entries, MemoryLayout<Int>.size], "tables of an output")
    }

    /// - Parameter tables: for each axis of the output the source's offset, in elements, that each index adds.
    init(width: Int, tables: [[Int]]) {
        self.width = width
        let tables = tables.isEmpty ? [[0]] : tables
        rank = tables.count
        var shape = SIMD8<Int>(repeating: 1)
        var starts = SIMD8<Int>()
        var offsets: [Int] = []
        for (axis, table) in tables.enumerated() {
            shape[axis] = table.count
            starts[axis] = offsets.count
            offsets += table
        }
        rows = tables.dropLast().reduce(1) { $0 * $1.count }
        self.shape = shape
        self.starts = starts
        self.offsets = offsets
    }

    func callAsFunction(from source: UnsafeRawPointer, to target: UnsafeMutableRawPointer) {
        switch width {
        case 1: gather(source, target, UInt8.self)
        case 2: gather(source, target, UInt16.self)
        case 4: gather(source, target, UInt32.self)
        default: gather(source, target, UInt64.self)
        }
    }

    private func gather<T: BitwiseCopyable>(
        _ source: UnsafeRawPointer, _ target: UnsafeMutableRawPointer, _: T.Type
    ) {
        let from = source.assumingMemoryBound(to: T.self)
        var to = target.assumingMemoryBound(to: T.self)
        let length = shape[rank - 1]
        offsets.withUnsafeBufferPointer { offsets in
            let row = starts[rank - 1]
            var counter = SIMD8<Int>()
            for _ in 0..<rows {
                var base = 0
                for axis in 0..<rank - 1 { base += offsets[starts[axis] + counter[axis]] }
                for index in 0..<length { to[index] = from[base + offsets[row + index]] }
                to += length
                var axis = rank - 2
                while axis >= 0 {
                    counter[axis] += 1
                    if counter[axis] < shape[axis] { break }
                    counter[axis] = 0
                    axis -= 1
                }
            }
        }
    }
}
