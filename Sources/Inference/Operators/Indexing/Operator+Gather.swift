extension Operator {
    /// Operators that pick elements by indices met while running. An index outside its axis is an error of the run.
    static var gathers: [Operator] {
        [
            Operator("Gather", narrow: .taken) { context throws(InferenceError) in try prepareGather(context) },
            Operator("GatherElements", narrow: .taken) { context throws(InferenceError) in
                try prepareGatherElements(context)
            },
            Operator("GatherND", narrow: .taken) { context throws(InferenceError) in try prepareGatherND(context) },
        ]
    }

    /// Throws unless an input holds indices.
    static func requireIndices(_ context: NodeContext, _ index: Int) throws(InferenceError) -> TensorSpec {
        let spec = try context.input(index)
        try context.require(spec.type == .int64 || spec.type == .int32, "indices of type \(spec.type)")
        return spec
    }

    /// An index counted from the front.
    @inline(__always)
    static func place(
        _ indices: UnsafeRawPointer, _ type: DataType, _ position: Int, extent: Int
    ) throws(InferenceError) -> Int {
        let index =
            type == .int64
            ? Int(indices.assumingMemoryBound(to: Int64.self)[position])
            : Int(indices.assumingMemoryBound(to: Int32.self)[position])
        guard index >= -extent && index < extent else {
            throw InferenceError(.invalidValue, "index \(index) on an axis of \(extent)")
        }
        return index < 0 ? index + extent : index
    }

    private static func prepareGather(_ context: NodeContext) throws(InferenceError) -> Prepared {
        let spec = try context.input(0)
        let indices = try requireIndices(context, 1)
        let axis = try Shapes.axis(try context.int("axis", default: 0), rank: spec.rank)
        let outer = Shapes.count(spec.shape[..<axis])
        let extent = spec.shape[axis]
        let bytes = Shapes.count(spec.shape[(axis + 1)...]) * spec.type.size
        // In steps: Swift 6.2 does not find the type of their sum.
        var shape = Array(spec.shape[..<axis])
        shape += indices.shape
        shape += spec.shape[(axis + 1)...]
        let output = try TensorSpec(spec.type, shape)
        return Prepared.compute([output]) { binding in
            let x = binding.inputs[0]!
            let places = binding.inputs[1]!
            let y = binding.outputs[0]!
            return { () throws(InferenceError) in
                for index in 0..<indices.count {
                    let source = try place(places, indices.type, index, extent: extent)
                    for row in 0..<outer {
                        (y + (row * indices.count + index) * bytes).copyMemory(
                            from: x + (row * extent + source) * bytes, byteCount: bytes)
                    }
                }
            }
        }
    }

    private static func prepareGatherElements(_ context: NodeContext) throws(InferenceError) -> Prepared {
        let spec = try context.input(0)
        let indices = try requireIndices(context, 1)
        let axis = try Shapes.axis(try context.int("axis", default: 0), rank: spec.rank)
        try context.require(indices.rank == spec.rank, "indices of shape \(indices.shape) for \(spec.shape)")
        for other in spec.shape.indices where other != axis {
            try context.require(
                indices.shape[other] <= spec.shape[other], "indices of shape \(indices.shape) for \(spec.shape)")
        }
        var strides = spec.strides
        let stride = strides[axis]
        strides[axis] = 0
        let walk = try Walk(indices.shape, strides, indices.strides)
        let extent = spec.shape[axis]
        let width = spec.type.size
        return Prepared.compute([try TensorSpec(spec.type, indices.shape)]) { binding in
            let x = binding.inputs[0]!
            let places = binding.inputs[1]!
            let y = binding.outputs[0]!
            return { () throws(InferenceError) in
                try walk.forEachRow { (base, start, _) throws(InferenceError) in
                    for index in 0..<walk.rowLength {
                        let position = start + index * walk.rowStrides.1
                        let source =
                            base + index * walk.rowStrides.0
                            + (try place(places, indices.type, position, extent: extent)) * stride
                        (y + position * width).copyMemory(from: x + source * width, byteCount: width)
                    }
                }
            }
        }
    }

    private static func prepareGatherND(_ context: NodeContext) throws(InferenceError) -> Prepared {
        let spec = try context.input(0)
        let indices = try requireIndices(context, 1)
        let batch = try context.int("batch_dims", default: 0)
        try context.require(indices.rank >= 1, "scalar indices")
        let depth = indices.shape[indices.rank - 1]
        try context.require(
            batch >= 0 && batch < indices.rank && batch <= spec.rank && depth <= spec.rank - batch
                && Array(indices.shape[..<batch]) == Array(spec.shape[..<batch]),
            "indices of shape \(indices.shape) for \(spec.shape), \(batch) batch axes")
        let inner = Array(spec.shape[(batch + depth)...])
        let bytes = Shapes.count(inner) * spec.type.size
        let strides = spec.strides.map { $0 * spec.type.size }
        let output = try TensorSpec(spec.type, indices.shape.dropLast() + inner)
        let batches = Shapes.count(indices.shape[..<batch])
        let each = Shapes.count(indices.shape[batch..<indices.rank - 1])
        let batchBytes = Shapes.count(spec.shape[batch...]) * spec.type.size
        return Prepared.compute([output]) { binding in
            let x = binding.inputs[0]!
            let places = binding.inputs[1]!
            let y = binding.outputs[0]!
            return { () throws(InferenceError) in
                for row in 0..<batches * each {
                    var source = row / max(1, each) * batchBytes
                    for level in 0..<depth {
                        source +=
                            try place(
                                places, indices.type, row * depth + level, extent: spec.shape[batch + level])
                            * strides[batch + level]
                    }
                    (y + row * bytes).copyMemory(from: x + source, byteCount: bytes)
                }
            }
        }
    }
}
