extension Operator {
    /// Operators that move elements without changing them, by whole strides.
    static var moving: [Operator] {
        [
            Operator("Transpose", narrow: .taken) { context throws(InferenceError) in try prepareTranspose(context) },
            Operator("Concat", narrow: .taken) { context throws(InferenceError) in try prepareConcat(context) },
            Operator("Split", narrow: .taken) { context throws(InferenceError) in try prepareSplit(context) },
            Operator("Slice", narrow: .taken) { context throws(InferenceError) in try prepareSlice(context) },
            Operator("Expand", narrow: .taken) { context throws(InferenceError) in
                let spec = try context.input(0)
                guard let wanted = try context.integers(1) else { throw context.invalid("the shape is missing") }
                let output = try TensorSpec(spec.type, try Shapes.broadcast(spec.shape, wanted))
                return copy(
                    output,
                    try StridedCopy(
                        width: spec.type.size, shape: output.shape,
                        source: Walk.broadcastStrides(of: spec.shape, over: output.shape), target: output.strides))
            },
            Operator("Tile", narrow: .taken) { context throws(InferenceError) in try prepareTile(context) },
            Operator("DepthToSpace", narrow: .taken) { context throws(InferenceError) in
                try prepareDepthToSpace(context)
            },
            Operator("SpaceToDepth", narrow: .taken) { context throws(InferenceError) in
                try prepareSpaceToDepth(context)
            },
        ]
    }

    /// A node that is one strided copy.
    static func copy(_ output: TensorSpec, _ copy: StridedCopy) -> Prepared {
        Prepared.compute([output]) { binding in
            let x = binding.inputs[0]!
            let y = binding.outputs[0]!
            return { copy(from: x, to: y) }
        }
    }

    /// The bytes of `spec`, seen with axes of `shape`, go to the output in the order `permutation` of those axes.
    static func permuted(
        _ spec: TensorSpec, as shape: [Int], by permutation: [Int], output: TensorSpec
    ) throws(InferenceError) -> Prepared {
        let strides = Shapes.strides(of: shape)
        let target = permutation.map { shape[$0] }
        return copy(
            output,
            try StridedCopy(
                width: spec.type.size, shape: target, source: permutation.map { strides[$0] },
                target: Shapes.strides(of: target)))
    }

    private static func prepareTranspose(_ context: NodeContext) throws(InferenceError) -> Prepared {
        let spec = try context.input(0)
        let permutation = try context.ints("perm") ?? Array((0..<spec.rank).reversed())
        try context.require(
            permutation.sorted() == Array(0..<spec.rank), "permutation \(permutation) of \(spec.rank) axes")
        let output = try TensorSpec(spec.type, permutation.map { spec.shape[$0] })
        // Axes of one element may go anywhere without a byte moving.
        let moved = permutation.filter { spec.shape[$0] != 1 }
        if moved == moved.sorted() { return Prepared.view(output) }
        return try permuted(spec, as: spec.shape, by: permutation, output: output)
    }

    private static func prepareConcat(_ context: NodeContext) throws(InferenceError) -> Prepared {
        let first = try context.input(0)
        let axis = try Shapes.axis(try context.int("axis", default: 1), rank: first.rank)
        var shape = first.shape
        shape[axis] = 0
        var starts: [Int] = []
        for index in context.operands.indices {
            let next = try context.input(index)
            try context.require(next.type == first.type, "elements of type \(first.type) and \(next.type)")
            var expected = first.shape
            expected[axis] = next.rank == first.rank ? next.shape[axis] : -1
            try context.require(next.shape == expected, "shapes \(first.shape) and \(next.shape) along axis \(axis)")
            starts.append(shape[axis])
            shape[axis] += next.shape[axis]
        }
        let output = try TensorSpec(first.type, shape)
        let strides = output.strides
        var copies: [StridedCopy] = []
        for (index, start) in starts.enumerated() {
            let next = try context.input(index)
            copies.append(
                try StridedCopy(
                    width: first.type.size, shape: next.shape, source: next.strides, target: strides,
                    targetOffset: start * strides[axis]))
        }
        return Prepared.compute([output]) { [copies] binding in
            let sources = copies.indices.map { binding.inputs[$0]! }
            let target = binding.outputs[0]!
            return { for (index, copy) in copies.enumerated() { copy(from: sources[index], to: target) } }
        }
    }

    private static func prepareSplit(_ context: NodeContext) throws(InferenceError) -> Prepared {
        let spec = try context.input(0)
        let axis = try Shapes.axis(try context.int("axis", default: 0), rank: spec.rank)
        let extent = spec.shape[axis]
        var sizes: [Int]
        if let given = try context.integers(1, orAttribute: "split") {
            sizes = given
            var sum = 0
            for size in sizes {
                let (next, overflow) = sum.addingReportingOverflow(size)
                try context.require(size >= 0 && !overflow, "parts \(sizes)")
                sum = next
            }
            try context.require(sum == extent, "parts \(sizes) of an axis of \(extent)")
        } else {
            // The last part is the smaller one when the axis does not divide.
            let parts = try context.int("num_outputs", default: context.outputCount)
            try context.require(parts > 0 && parts == context.outputCount, "\(parts) parts")
            let size = (extent + parts - 1) / parts
            sizes = (0..<parts).map { max(0, min(size, extent - $0 * size)) }
        }
        try context.require(sizes.count == context.outputCount, "\(sizes.count) parts, \(context.outputCount) outputs")
        let strides = spec.strides
        var outputs: [TensorSpec] = []
        var copies: [StridedCopy] = []
        var start = 0
        for size in sizes {
            var shape = spec.shape
            shape[axis] = size
            outputs.append(try TensorSpec(spec.type, shape))
            copies.append(
                try StridedCopy(
                    width: spec.type.size, shape: shape, source: strides, sourceOffset: start * strides[axis],
                    target: Shapes.strides(of: shape)))
            start += size
        }
        return Prepared.compute(outputs) { [copies] binding in
            let x = binding.inputs[0]!
            let targets = binding.outputs
            return {
                for (index, copy) in copies.enumerated() {
                    if let target = targets[index] { copy(from: x, to: target) }
                }
            }
        }
    }

    private static func prepareSlice(_ context: NodeContext) throws(InferenceError) -> Prepared {
        let spec = try context.input(0)
        guard let starts = try context.integers(1, orAttribute: "starts"),
            let ends = try context.integers(2, orAttribute: "ends")
        else { throw context.invalid("starts or ends are missing") }
        let axes = try context.integers(3, orAttribute: "axes") ?? Array(0..<starts.count)
        let steps = try context.integers(4) ?? [Int](repeating: 1, count: starts.count)
        try context.require(
            starts.count == ends.count && starts.count == axes.count && starts.count == steps.count,
            "\(starts.count) starts, \(ends.count) ends, \(axes.count) axes, \(steps.count) steps")
        var shape = spec.shape
        var strides = spec.strides
        var offset = 0
        var seen = Set<Int>()
        for index in axes.indices {
            let axis = try Shapes.axis(axes[index], rank: spec.rank)
            let extent = spec.shape[axis]
            let step = steps[index]
            try context.require(seen.insert(axis).inserted, "axis \(axis) twice")
            try context.require(step != 0 && step != .min, "step \(step)")
            func place(_ value: Int) -> Int { value < 0 ? value.addingReportingOverflow(extent).partialValue : value }
            let start: Int
            let count: Int
            if step > 0 {
                start = min(max(place(starts[index]), 0), extent)
                let end = min(max(place(ends[index]), 0), extent)
                count = end > start ? (end - start - 1) / step + 1 : 0
            } else {
                start = min(max(place(starts[index]), -1), extent - 1)
                let end = min(max(place(ends[index]), -1), extent - 1)
                count = start > end ? (start - end - 1) / -step + 1 : 0
            }
            shape[axis] = count
            if count > 0 {
                offset += start * strides[axis]
                // With one element the stride is never taken, and a huge step must not overflow.
                strides[axis] = count > 1 ? strides[axis] * step : 0
            }
        }
        let output = try TensorSpec(spec.type, shape)
        if output.count == spec.count, offset == 0, strides == spec.strides { return Prepared.view(output) }
        return copy(
            output,
            try StridedCopy(
                width: spec.type.size, shape: shape, source: strides, sourceOffset: offset, target: output.strides))
    }

    /// Version 1 has the number of tiles and the axis as two inputs, later ones a repeat for each axis.
    private static func prepareTile(_ context: NodeContext) throws(InferenceError) -> Prepared {
        let spec = try context.input(0)
        guard var repeats = try context.integers(1) else { throw context.invalid("the repeats are missing") }
        if context.version < 6 {
            guard let axis = try context.integers(2)?.first, repeats.count == 1 else {
                throw context.invalid("the axis is missing")
            }
            var each = [Int](repeating: 1, count: spec.rank)
            each[try Shapes.axis(axis, rank: spec.rank)] = repeats[0]
            repeats = each
        }
        try context.require(repeats.count == spec.rank, "\(repeats.count) repeats for \(spec.rank) axes")
        var target: [Int] = []
        for (extent, count) in zip(spec.shape, repeats) {
            let (product, overflow) = extent.multipliedReportingOverflow(by: count)
            try context.require(count >= 0 && !overflow, "repeats \(repeats)")
            target.append(product)
        }
        let output = try TensorSpec(spec.type, target)
        // Each axis becomes two: the repeat, which does not move the source, and the extent.
        let strides = spec.strides
        let targetStrides = output.strides
        var shape: [Int] = []
        var source: [Int] = []
        var place: [Int] = []
        for axis in spec.shape.indices {
            shape += [repeats[axis], spec.shape[axis]]
            source += [0, strides[axis]]
            place += [targetStrides[axis] * spec.shape[axis], targetStrides[axis]]
        }
        return copy(
            output, try StridedCopy(width: spec.type.size, shape: shape, source: source, target: place))
    }

    private static func prepareDepthToSpace(_ context: NodeContext) throws(InferenceError) -> Prepared {
        let spec = try context.input(0)
        let block = try context.int("blocksize", default: 0)
        try context.require(
            spec.rank == 4 && block > 0 && block < 1 << 15 && spec.shape[1] % (block * block) == 0,
            "blocks of \(block) for \(spec.shape)")
        let (n, c, h, w) = (spec.shape[0], spec.shape[1] / (block * block), spec.shape[2], spec.shape[3])
        let output = try TensorSpec(spec.type, [n, c, h * block, w * block])
        switch try context.string("mode", default: "DCR") {
        case "DCR":
            return try permuted(spec, as: [n, block, block, c, h, w], by: [0, 3, 4, 1, 5, 2], output: output)
        case "CRD":
            return try permuted(spec, as: [n, c, block, block, h, w], by: [0, 1, 4, 2, 5, 3], output: output)
        case let mode: throw context.invalid("mode '\(mode)'")
        }
    }

    private static func prepareSpaceToDepth(_ context: NodeContext) throws(InferenceError) -> Prepared {
        let spec = try context.input(0)
        let block = try context.int("blocksize", default: 0)
        try context.require(
            spec.rank == 4 && block > 0 && block < 1 << 15 && spec.shape[2] % block == 0
                && spec.shape[3] % block == 0, "blocks of \(block) for \(spec.shape)")
        let (n, c, h, w) = (spec.shape[0], spec.shape[1], spec.shape[2] / block, spec.shape[3] / block)
        let output = try TensorSpec(spec.type, [n, c * block * block, h, w])
        // Version 28 adds the other order of the new channels, as DepthToSpace has it.
        switch try context.string("mode", default: "DCR") {
        case "DCR": return try permuted(spec, as: [n, c, h, block, w, block], by: [0, 3, 5, 1, 2, 4], output: output)
        case "CRD": return try permuted(spec, as: [n, c, h, block, w, block], by: [0, 1, 3, 5, 2, 4], output: output)
        case let mode: throw context.invalid("mode '\(mode)'")
        }
    }
}
