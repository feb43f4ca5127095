extension Operator {
    /// A node's outputs and code, with half-precision inputs widened where the definition wants it.
    func prepared(_ context: NodeContext) throws(InferenceError) -> Prepared {
        let half = context.operands.lazy.compactMap { $0?.spec.type }.first { $0 == .float16 || $0 == .bfloat16 }
        guard halves == .computedInFloat32, let half else { return try prepare(context) }

        var operands = context.operands
        for (index, operand) in operands.enumerated() {
            guard let operand, operand.spec.type == .float16 || operand.spec.type == .bfloat16 else { continue }
            var constant: Tensor?
            if let tensor = operand.constant { constant = try HalfConversion.widened(tensor) }
            operands[index] = NodeContext.Operand(
                spec: try TensorSpec(.float32, operand.spec.shape), constant: constant)
        }
        let inner = try prepare(NodeContext(node: context.node, operands: operands, packed: context.packed))
        var outputs: [TensorSpec] = []
        for spec in inner.outputs {
            outputs.append(spec.type == .float32 ? try TensorSpec(half, spec.shape) : spec)
        }
        switch inner.body {
        case .view: return Prepared.view(outputs[0])
        case .constants(let tensors):
            var narrowed: [Tensor] = []
            for tensor in tensors {
                narrowed.append(tensor.type == .float32 ? try HalfConversion.narrowed(tensor, to: half) : tensor)
            }
            return .constants(narrowed)
        case .compute(let bind):
            return HalfConversion.wrapped(
                inner, outputs: outputs, originals: context.operands.map { $0?.spec },
                widened: operands.map { $0?.spec }, bind: bind)
        }
    }
}

/// Conversion between float32 and the two half types.
enum HalfConversion {
    static func widen(
        _ source: UnsafeRawPointer, _ type: DataType, to target: UnsafeMutablePointer<Float>, count: Int
    ) {
        if type == .float16 {
            let source = source.assumingMemoryBound(to: Float16.self)
            for index in 0..<count { target[index] = Float(source[index]) }
        } else {
            let source = source.assumingMemoryBound(to: UInt16.self)
            for index in 0..<count { target[index] = Float(bitPattern: UInt32(source[index]) << 16) }
        }
    }

    static func narrow(
        _ source: UnsafePointer<Float>, to target: UnsafeMutableRawPointer, _ type: DataType, count: Int
    ) {
        if type == .float16 {
            let target = target.assumingMemoryBound(to: Float16.self)
            for index in 0..<count { target[index] = Float16(source[index]) }
        } else {
            let target = target.assumingMemoryBound(to: UInt16.self)
            for index in 0..<count { target[index] = bfloat16(source[index]) }
        }
    }

    /// Rounds to the nearest bfloat16, ties to even.
    static func bfloat16(_ value: Float) -> UInt16 {
        let bits = value.bitPattern
        if value.isNaN { return UInt16(truncatingIfNeeded: bits >> 16) | 0x40 }
        return UInt16(truncatingIfNeeded: (bits &+ 0x7fff &+ ((bits >> 16) & 1)) >> 16)
    }

    static func widened(_ tensor: Tensor) throws(InferenceError) -> Tensor {
        try Tensor(.float32, tensor.shape) { bytes in
            tensor.withUnsafeBytes { source in
                widen(
                    source.baseAddress!, tensor.type, to: bytes.baseAddress!.assumingMemoryBound(to: Float.self),
                    count: tensor.count)
            }
        }
    }

    static func narrowed(_ tensor: Tensor, to half: DataType) throws(InferenceError) -> Tensor {
        try Tensor(half, tensor.shape) { bytes in
            tensor.withUnsafeBytes { source in
                narrow(
                    source.baseAddress!.assumingMemoryBound(to: Float.self), to: bytes.baseAddress!, half,
                    count: tensor.count)
            }
        }
    }

    private struct Conversion {
        let half: UnsafeMutableRawPointer
        let float: UnsafeMutablePointer<Float>
        let type: DataType
        let count: Int
    }

    /// The step of `inner` between widening its inputs and narrowing its outputs, both in scratch memory.
    static func wrapped(
        _ inner: Prepared, outputs: [TensorSpec], originals: [TensorSpec?], widened: [TensorSpec?],
        bind: @escaping (Binding) throws(InferenceError) -> Step
    ) -> Prepared {
        func room(_ bytes: Int) -> Int { (bytes + 63) & ~63 }
        var scratch = room(inner.scratch)
        for (original, wide) in zip(originals, widened) where original != wide { scratch += room(wide!.byteCount) }
        for (outer, inside) in zip(outputs, inner.outputs) where outer != inside { scratch += room(inside.byteCount) }
        return Prepared.compute(outputs, scratch: scratch) { binding throws(InferenceError) in
            var next = binding.scratch + room(inner.scratch)
            var before: [Conversion] = []
            var after: [Conversion] = []
            var inputs = binding.inputs
            for index in inputs.indices {
                guard let pointer = inputs[index], let original = originals[index], let wide = widened[index],
                    original != wide
                else { continue }
                before.append(
                    Conversion(
                        half: UnsafeMutableRawPointer(mutating: pointer),
                        float: next.assumingMemoryBound(to: Float.self), type: original.type, count: wide.count))
                inputs[index] = UnsafeRawPointer(next)
                next += room(wide.byteCount)
            }
            var targets = binding.outputs
            for index in targets.indices where outputs[index] != inner.outputs[index] {
                guard let pointer = targets[index] else { continue }
                after.append(
                    Conversion(
                        half: pointer, float: next.assumingMemoryBound(to: Float.self), type: outputs[index].type,
                        count: outputs[index].count))
                targets[index] = next
                next += room(inner.outputs[index].byteCount)
            }
            let step = try bind(Binding(inputs: inputs, outputs: targets, scratch: binding.scratch))
            return { [before, after] () throws(InferenceError) in
                for entry in before { widen(entry.half, entry.type, to: entry.float, count: entry.count) }
                try step()
                for entry in after { narrow(entry.float, to: entry.half, entry.type, count: entry.count) }
            }
        }
    }
}
