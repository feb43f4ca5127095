extension Operator {
    /// Padding.
    static var pads: [Operator] {
        [Operator("Pad", narrow: .taken) { context throws(InferenceError) in try preparePad(context) }]
    }

    private static func preparePad(_ context: NodeContext) throws(InferenceError) -> Prepared {
        let spec = try context.input(0)
        let oldName = context.version < 2 ? "paddings" : "pads"
        guard let given = try context.integers(1, orAttribute: oldName) else {
            throw context.invalid("the pads are missing")
        }
        var axes = Array(0..<spec.rank)
        if let named = try context.integers(3) {
            axes = []
            for axis in named { axes.append(try Shapes.axis(axis, rank: spec.rank)) }
        }
        try context.require(
            given.count == 2 * axes.count && given.allSatisfy { abs($0 == .min ? .max : $0) < 1 << 30 },
            "\(given.count) pads for \(axes.count) axes")
        var before = [Int](repeating: 0, count: spec.rank)
        var after = before
        for (index, axis) in axes.enumerated() {
            before[axis] = given[index]
            after[axis] = given[axes.count + index]
        }
        var shape: [Int] = []
        for axis in spec.shape.indices { shape.append(spec.shape[axis] + before[axis] + after[axis]) }
        let output = try TensorSpec(spec.type, shape)

        let mode = try context.string("mode", default: "constant")
        if mode == "constant" { return try padConstant(context, spec, output, before) }
        guard shape.allSatisfy({ $0 < 1 << 24 }) else { throw InferenceError(.tooLarge, "an axis padded to \(shape)") }
        try context.require(
            ["reflect", "edge", "wrap"].contains(mode) && (spec.count > 0 || output.count == 0), "mode '\(mode)'")
        let strides = spec.strides
        return Prepared.compute([output], tables: try TableGather.byteCount(output.shape)) { binding in
            // Made when the plan has found room for them: a file may pad to millions.
            let tables = output.shape.indices.map { axis in
                (0..<output.shape[axis]).map { index in
                    source(of: index - before[axis], extent: spec.shape[axis], mode: mode) * strides[axis]
                }
            }
            let gather = TableGather(width: spec.type.size, tables: tables)
            let x = binding.inputs[0]!
            let y = binding.outputs[0]!
            return { gather(from: x, to: y) }
        }
    }

    /// Where along an axis a padded element comes from.
    private static func source(of index: Int, extent: Int, mode: String) -> Int {
        switch mode {
        case "edge": return min(max(index, 0), extent - 1)
        case "wrap": return ((index % extent) + extent) % extent
        default:
            if extent == 1 { return 0 }
            let period = 2 * (extent - 1)
            let folded = ((index % period) + period) % period
            return folded < extent ? folded : period - folded
        }
    }

    private static func padConstant(
        _ context: NodeContext, _ spec: TensorSpec, _ output: TensorSpec, _ before: [Int]
    ) throws(InferenceError) -> Prepared {
        let hasValue = context.has(2)
        if hasValue {
            let value = try context.input(2)
            try context.require(value.count == 1 && value.type == spec.type, "the value is \(value)")
        }
        let attribute = try context.float("value", default: 0)
        // A negative pad cuts elements off, so what is copied may be a part of the input.
        var shape: [Int] = []
        var sourceOffset = 0
        var targetOffset = 0
        let strides = spec.strides
        let targetStrides = output.strides
        for axis in spec.shape.indices {
            let first = max(0, -before[axis])
            let last = min(spec.shape[axis], output.shape[axis] - before[axis])
            shape.append(max(0, last - first))
            sourceOffset += first * strides[axis]
            targetOffset += (first + before[axis]) * targetStrides[axis]
        }
        let fill = try StridedCopy(width: spec.type.size, shape: [output.count], source: [0], target: [1])
        let copy = try StridedCopy(
            width: spec.type.size, shape: shape, source: strides, sourceOffset: sourceOffset, target: targetStrides,
            targetOffset: targetOffset)
        let constant = try Tensor(spec.type, [1]) {
            if attribute != 0 { storeDouble(Double(attribute), $0.baseAddress!, spec.type, 0) }
        }
        return Prepared.compute([output]) { binding in
            let x = binding.inputs[0]!
            let value = hasValue ? binding.inputs[2]! : UnsafeRawPointer(constant.storage.bytes.baseAddress!)
            let y = binding.outputs[0]!
            return {
                withExtendedLifetime(constant) { fill(from: value, to: y) }
                copy(from: x, to: y)
            }
        }
    }
}
