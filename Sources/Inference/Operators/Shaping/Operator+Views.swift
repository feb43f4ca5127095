extension Operator {
    /// Operators whose output is the input's bytes under another shape, and those that tell a shape.
    static var views: [Operator] {
        [
            Operator("Identity", narrow: .taken) { context throws(InferenceError) in
                Prepared.view(try context.input(0))
            },
            Operator("Dropout", narrow: .taken) { context throws(InferenceError) in try prepareDropout(context) },
            Operator("Reshape", narrow: .taken) { context throws(InferenceError) in try prepareReshape(context) },
            Operator("Flatten", narrow: .taken) { context throws(InferenceError) in
                let spec = try context.input(0)
                let given = try context.int("axis", default: 1)
                let axis = given == spec.rank ? given : try Shapes.axis(given, rank: spec.rank)
                return Prepared.view(
                    try TensorSpec(
                        spec.type, [Shapes.count(spec.shape[..<axis]), Shapes.count(spec.shape[axis...])]))
            },
            Operator("Squeeze", narrow: .taken) { context throws(InferenceError) in try prepareSqueeze(context) },
            Operator("Unsqueeze", narrow: .taken) { context throws(InferenceError) in try prepareUnsqueeze(context) },
            Operator("Shape", narrow: .taken) { context throws(InferenceError) in
                let spec = try context.input(0)
                func clamped(_ name: String, _ value: Int) throws(InferenceError) -> Int {
                    let given = try context.int(name, default: value)
                    let positive = given < 0 ? given.addingReportingOverflow(spec.rank).partialValue : given
                    return min(max(positive, 0), spec.rank)
                }
                let start = try clamped("start", 0)
                let end = try clamped("end", spec.rank)
                let shape = start < end ? spec.shape[start..<end].map { Int64($0) } : []
                return Prepared.constants([try Tensor(shape, shape: [shape.count])])
            },
            Operator("Size", narrow: .taken) { context throws(InferenceError) in
                Prepared.constants([try Tensor([Int64(try context.input(0).count)], shape: [])])
            },
        ]
    }

    /// Nothing is dropped when not training: the output is the input and the mask is all true.
    private static func prepareDropout(_ context: NodeContext) throws(InferenceError) -> Prepared {
        let spec = try context.input(0)
        if context.has(2), try context.integers(2)?.first != 0 {
            // With a ratio of zero training changes nothing either.
            let ratio = context.has(1) ? try context.constant(1)?.doubles?.first : 0.5
            guard ratio == 0 else { throw context.unsupported("training with a ratio other than zero") }
        }
        guard context.wants(1) else { return Prepared.view(spec) }
        let mask = try TensorSpec(context.version < 10 ? spec.type : .bool, spec.shape)
        return Prepared.compute([spec, mask]) { binding in
            let x = binding.inputs[0]!
            let y = binding.outputs[0]!
            let mask = binding.outputs[1]!
            return {
                y.copyMemory(from: x, byteCount: spec.byteCount)
                for index in 0..<spec.count { storeDouble(1, mask, context.version < 10 ? spec.type : .bool, index) }
            }
        }
    }

    private static func prepareReshape(_ context: NodeContext) throws(InferenceError) -> Prepared {
        let spec = try context.input(0)
        guard var shape = try context.integers(1, orAttribute: "shape") else {
            throw context.invalid("the shape is missing")
        }
        let allowsZero = try context.flag("allowzero")
        for axis in shape.indices where shape[axis] == 0 && !allowsZero {
            try context.require(axis < spec.rank, "shape \(shape) copies axis \(axis) of \(spec.shape)")
            shape[axis] = spec.shape[axis]
        }
        if let open = shape.firstIndex(of: -1) {
            var known = 1
            for (axis, extent) in shape.enumerated() where axis != open {
                let (product, overflow) = known.multipliedReportingOverflow(by: extent)
                try context.require(extent >= 0 && !overflow, "shape \(shape)")
                known = product
            }
            try context.require(
                known > 0 ? spec.count % known == 0 : spec.count == 0, "shape \(shape) for \(spec.count) elements")
            shape[open] = known > 0 ? spec.count / known : 0
        }
        let output = try TensorSpec(spec.type, shape)
        try context.require(output.count == spec.count, "shape \(shape) for the elements of \(spec.shape)")
        return Prepared.view(output)
    }

    private static func prepareSqueeze(_ context: NodeContext) throws(InferenceError) -> Prepared {
        let spec = try context.input(0)
        var removed = Set<Int>()
        if let axes = try context.integers(1, orAttribute: "axes") {
            for axis in axes { removed.insert(try Shapes.axis(axis, rank: spec.rank)) }
        } else {
            removed = Set(spec.shape.indices.filter { spec.shape[$0] == 1 })
        }
        try context.require(removed.allSatisfy { spec.shape[$0] == 1 }, "axes \(removed.sorted()) of \(spec.shape)")
        let kept = spec.shape.indices.filter { !removed.contains($0) }
        return Prepared.view(try TensorSpec(spec.type, kept.map { spec.shape[$0] }))
    }

    private static func prepareUnsqueeze(_ context: NodeContext) throws(InferenceError) -> Prepared {
        let spec = try context.input(0)
        guard let axes = try context.integers(1, orAttribute: "axes") else {
            throw context.invalid("the axes are missing")
        }
        var added = Set<Int>()
        for axis in axes { added.insert(try Shapes.axis(axis, rank: spec.rank + axes.count)) }
        try context.require(added.count == axes.count, "axes \(axes) name one axis twice")
        var rest = spec.shape[...]
        var shape: [Int] = []
        for axis in 0..<spec.rank + axes.count { shape.append(added.contains(axis) ? 1 : rest.removeFirst()) }
        return Prepared.view(try TensorSpec(spec.type, shape))
    }
}
