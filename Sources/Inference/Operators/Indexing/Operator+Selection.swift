extension Operator {
    /// Sorting, running sums, triangles, and picks whose number depends on values.
    static var selections: [Operator] {
        [
            Operator("TopK") { context throws(InferenceError) in try prepareTopK(context) },
            running("CumSum", Pairs.Add.self, start: 0),
            running("CumProd", Pairs.Mul.self, start: 1),
            Operator("Trilu", narrow: .taken) { context throws(InferenceError) in try prepareTrilu(context) },
            Operator("NonZero", narrow: .taken) { context throws(InferenceError) in
                Prepared.constants([try nonZero(context)])
            },
            Operator("Compress", narrow: .taken) { context throws(InferenceError) in try prepareCompress(context) },
            Operator("ReverseSequence", narrow: .taken) { context throws(InferenceError) in
                try prepareReverseSequence(context)
            },
        ]
    }

    private static func prepareTopK(_ context: NodeContext) throws(InferenceError) -> Prepared {
        let spec = try context.input(0)
        let given = context.version < 10 ? try context.int("k") : try context.integers(1)?.first
        let axis = try Shapes.axis(try context.int("axis", default: -1), rank: spec.rank)
        guard let k = given, k >= 0, k <= spec.shape[axis] else {
            throw context.invalid("k of \(given ?? 0) on an axis of \(spec.shape[axis])")
        }
        var shape = spec.shape
        shape[axis] = k
        let body = TopKBody(
            outer: Shapes.count(spec.shape[..<axis]), extent: spec.shape[axis],
            inner: Shapes.count(spec.shape[(axis + 1)...]), k: k,
            wantsLargest: try context.flag("largest", default: true))
        guard let bind = dispatch(spec.type, body) else { throw context.unsupported("elements of type \(spec.type)") }
        let scratch = try TensorSpec(.int64, [spec.shape[axis]]).byteCount
        return Prepared.compute(
            [try TensorSpec(spec.type, shape), try TensorSpec(.int64, shape)], scratch: scratch, bind)
    }

    private struct TopKBody: ScalarBody {
        let outer: Int
        let extent: Int
        let inner: Int
        let k: Int
        let wantsLargest: Bool

        func make<T: Scalar>(_: T.Type) -> (Binding) throws(InferenceError) -> Step {
            { [self] binding in
                let x = binding.input(0, as: T.self)
                let values = binding.optionalOutput(0, as: T.self)
                let places = binding.optionalOutput(1, as: Int64.self)
                let order = UnsafeMutableBufferPointer(
                    start: binding.scratch.assumingMemoryBound(to: Int.self), count: extent)
                return {
                    for row in 0..<outer {
                        for column in 0..<inner {
                            let start = row * extent * inner + column
                            for index in 0..<extent { order[index] = index }
                            // Equal elements keep their order, the lower index first.
                            sortInPlace(order) { a, b in
                                let left = x[start + a * inner]
                                let right = x[start + b * inner]
                                if left != right { return wantsLargest ? left > right : left < right }
                                return a < b
                            }
                            for index in 0..<k {
                                let target = (row * k + index) * inner + column
                                values?[target] = x[start + order[index] * inner]
                                places?[target] = Int64(order[index])
                            }
                        }
                    }
                }
            }
        }
    }

    /// Heap sort: in place, without the buffer that the library's sort allocates.
    private static func sortInPlace(_ list: UnsafeMutableBufferPointer<Int>, by precedes: (Int, Int) -> Bool) {
        func sink(_ start: Int, _ end: Int) {
            var root = start
            while 2 * root + 1 < end {
                var child = 2 * root + 1
                if child + 1 < end, precedes(list[child], list[child + 1]) { child += 1 }
                if !precedes(list[root], list[child]) { return }
                list.swapAt(root, child)
                root = child
            }
        }
        for start in stride(from: list.count / 2 - 1, through: 0, by: -1) { sink(start, list.count) }
        for end in stride(from: list.count - 1, to: 0, by: -1) {
            list.swapAt(0, end)
            sink(0, end)
        }
    }

    private static func running<F: PairFunction>(_ name: String, _: F.Type, start: Int) -> Operator {
        Operator(name) { context throws(InferenceError) in
            let spec = try context.input(0)
            guard let given = try context.integers(1)?.first else { throw context.invalid("the axis is missing") }
            let axis = try Shapes.axis(given, rank: spec.rank)
            let body = RunningBody<F>(
                outer: Shapes.count(spec.shape[..<axis]), extent: spec.shape[axis],
                inner: Shapes.count(spec.shape[(axis + 1)...]), start: start,
                isExclusive: try context.flag("exclusive"),
                isReversed: try context.flag("reverse"))
            guard let bind = dispatch(spec.type, body) else {
                throw context.unsupported("elements of type \(spec.type)")
            }
            return Prepared.compute([spec], bind)
        }
    }

    private struct RunningBody<F: PairFunction>: ScalarBody {
        let outer: Int
        let extent: Int
        let inner: Int
        let start: Int
        let isExclusive: Bool
        let isReversed: Bool

        func make<T: Scalar>(_: T.Type) -> (Binding) throws(InferenceError) -> Step {
            { [self] binding in
                let x = binding.input(0, as: T.self)
                let y = binding.output(0, as: T.self)
                return {
                    for row in 0..<outer {
                        for column in 0..<inner {
                            var total = T(double: Double(start))
                            for step in 0..<extent {
                                let index = isReversed ? extent - 1 - step : step
                                let place = (row * extent + index) * inner + column
                                let next = F.apply(total, x[place])
                                y[place] = isExclusive ? total : next
                                total = next
                            }
                        }
                    }
                }
            }
        }
    }

    private static func prepareTrilu(_ context: NodeContext) throws(InferenceError) -> Prepared {
        let spec = try context.input(0)
        try context.require(spec.rank >= 2, "a tensor of \(spec.rank) axes")
        let diagonal = try context.integers(1)?.first ?? 0
        let keepsUpper = try context.flag("upper", default: true)
        let (rows, columns) = (spec.shape[spec.rank - 2], spec.shape[spec.rank - 1])
        let limited = min(max(diagonal, -rows), columns)
        let width = spec.type.size
        return Prepared.compute([spec]) { binding in
            let x = binding.inputs[0]!
            let y = binding.outputs[0]!
            return {
                y.copyMemory(from: x, byteCount: spec.byteCount)
                for matrix in 0..<(spec.count == 0 ? 0 : spec.count / (rows * columns)) {
                    for row in 0..<rows {
                        let edge = row + limited
                        let first = keepsUpper ? 0 : min(max(edge + 1, 0), columns)
                        let last = keepsUpper ? min(max(edge, 0), columns) : columns
                        (y + ((matrix * rows + row) * columns + first) * width).initializeMemory(
                            as: UInt8.self, repeating: 0, count: (last - first) * width)
                    }
                }
            }
        }
    }

    private static func nonZero(_ context: NodeContext) throws(InferenceError) -> Tensor {
        guard let tensor = try context.constant(0) else { throw context.invalid("input 0 is missing") }
        return try tensor.withUnsafeBytes { (bytes) throws(InferenceError) in
            func isZero(_ index: Int) -> Bool { loadDouble(bytes.baseAddress!, tensor.type, index) == 0 }
            var count = 0
            for index in 0..<tensor.count where !isZero(index) { count += 1 }
            let output = try Folding.small(try TensorSpec(.int64, [tensor.shape.count, count]))
            let strides = tensor.spec.strides
            return try Tensor(.int64, output.shape) { places in
                let places = places.bindMemory(to: Int64.self)
                var found = 0
                for index in 0..<tensor.count where !isZero(index) {
                    for axis in strides.indices {
                        places[axis * count + found] = Int64(index / strides[axis] % tensor.shape[axis])
                    }
                    found += 1
                }
            }
        }
    }

    private static func prepareCompress(_ context: NodeContext) throws(InferenceError) -> Prepared {
        let spec = try context.input(0)
        guard let condition = try context.constant(1), !condition.type.isFloat else {
            throw context.invalid("the condition is missing, or not of integers")
        }
        /// Calls `body` with the position of each element that is kept.
        @Sendable func forEachKept(_ body: (Int) -> Void) {
            condition.withUnsafeBytes { bytes in
                for index in 0..<condition.count where loadInteger(bytes.baseAddress!, condition.type, index) != 0 {
                    body(index)
                }
            }
        }
        var (count, last) = (0, -1)
        forEachKept { (count, last) = (count + 1, $0) }
        var shape = [spec.count]
        var axis = 0
        if let given = try context.int("axis") {
            shape = spec.shape
            axis = try Shapes.axis(given, rank: spec.rank)
        }
        try context.require(last < shape[axis], "a condition beyond the axis of \(shape[axis])")
        let strides = Shapes.strides(of: shape)
        shape[axis] = count
        let output = try TensorSpec(spec.type, shape)
        return Prepared.compute([output], tables: try TableGather.byteCount(output.shape)) { [axis] binding in
            let gather = TableGather(
                width: spec.type.size,
                tables: output.shape.indices.map { other in
                    var table: [Int] = []
                    table.reserveCapacity(output.shape[other])
                    if other == axis {
                        forEachKept { table.append($0 * strides[other]) }
                    } else {
                        for index in 0..<output.shape[other] { table.append(index * strides[other]) }
                    }
                    return table
                })
            let x = binding.inputs[0]!
            let y = binding.outputs[0]!
            return { gather(from: x, to: y) }
        }
    }

    private static func prepareReverseSequence(_ context: NodeContext) throws(InferenceError) -> Prepared {
        let spec = try context.input(0)
        let lengths = try context.input(1)
        let time = try context.int("time_axis", default: 0)
        let batch = try context.int("batch_axis", default: 1)
        try context.require(
            spec.rank >= 2 && Set([time, batch]) == [0, 1] && lengths.shape == [spec.shape[batch]]
                && lengths.type == .int64, "axes \(time) and \(batch), lengths \(lengths)")
        let strides = spec.strides
        let bytes = Shapes.count(spec.shape[2...]) * spec.type.size
        return Prepared.compute([spec]) { binding in
            let x = binding.inputs[0]!
            let lengths = binding.input(1, as: Int64.self)
            let y = binding.outputs[0]!
            let steps = spec.shape[time]
            return { () throws(InferenceError) in
                for row in 0..<spec.shape[batch] {
                    let length = Int(lengths[row])
                    guard length >= 0, length <= steps else {
                        throw InferenceError(.invalidValue, "a length of \(length) for \(steps) steps")
                    }
                    for step in 0..<steps {
                        let source = step < length ? length - 1 - step : step
                        let from = (source * strides[time] + row * strides[batch]) * spec.type.size
                        let to = (step * strides[time] + row * strides[batch]) * spec.type.size
                        (y + to).copyMemory(from: x + from, byteCount: bytes)
                    }
                }
            }
        }
    }
}
