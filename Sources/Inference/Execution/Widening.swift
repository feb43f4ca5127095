/// Lets definitions for wide elements serve narrow ones: halves are computed in float32, integers below 32 bits in int32.
enum Widening {
    /// The type that elements of a narrow type are computed in, nil for types that are wide.
    static func wide(of type: DataType) -> DataType? {
        switch type {
        case .float16, .bfloat16: .float32
        case .int8, .uint8, .int16, .uint16: .int32
        default: nil
        }
    }

    /// Converts between a narrow type and its wide one, either way.
    static func convert(
        _ source: UnsafeRawPointer, _ from: DataType, _ target: UnsafeMutableRawPointer, _ to: DataType, count: Int
    ) {
        switch (from, to) {
        case (.float16, .float32):
            let x = source.assumingMemoryBound(to: Float16.self)
            let y = target.assumingMemoryBound(to: Float.self)
            for index in 0..<count { y[index] = Float(x[index]) }
        case (.bfloat16, .float32):
            let x = source.assumingMemoryBound(to: UInt16.self)
            let y = target.assumingMemoryBound(to: Float.self)
            for index in 0..<count { y[index] = Float(bitPattern: UInt32(x[index]) << 16) }
        case (.float32, .float16):
            let x = source.assumingMemoryBound(to: Float.self)
            let y = target.assumingMemoryBound(to: Float16.self)
            for index in 0..<count { y[index] = Float16(x[index]) }
        case (.float32, .bfloat16):
            let x = source.assumingMemoryBound(to: Float.self)
            let y = target.assumingMemoryBound(to: UInt16.self)
            for index in 0..<count { y[index] = bfloat16(x[index]) }
        default:
            for index in 0..<count { storeInteger(loadInteger(source, from, index), target, to, index) }
        }
    }

    /// Rounds to the nearest bfloat16, ties to even.
    static func bfloat16(_ value: Float) -> UInt16 {
        let bits = value.bitPattern
        if value.isNaN { return UInt16(truncatingIfNeeded: bits >> 16) | 0x40 }
        return UInt16(truncatingIfNeeded: (bits &+ 0x7fff &+ ((bits >> 16) & 1)) >> 16)
    }

    static func converted(_ tensor: Tensor, to type: DataType) throws(InferenceError) -> Tensor {
        try Tensor(type, tensor.shape) { bytes in
            tensor.withUnsafeBytes {
                convert($0.baseAddress!, tensor.type, bytes.baseAddress!, type, count: tensor.count)
            }
        }
    }

    private struct Conversion {
        let source: UnsafeRawPointer
        let from: DataType
        let target: UnsafeMutableRawPointer
        let to: DataType
        let count: Int

        func callAsFunction() { Widening.convert(source, from, target, to, count: count) }
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
        return Prepared.compute(outputs, scratch: scratch, tables: inner.tables) { binding throws(InferenceError) in
            var next = binding.scratch + room(inner.scratch)
            var before: [Conversion] = []
            var after: [Conversion] = []
            var inputs = binding.inputs
            for index in inputs.indices {
                guard let pointer = inputs[index], let original = originals[index], let wide = widened[index],
                    original != wide
                else { continue }
                before.append(
                    Conversion(source: pointer, from: original.type, target: next, to: wide.type, count: wide.count))
                inputs[index] = UnsafeRawPointer(next)
                next += room(wide.byteCount)
            }
            var targets = binding.outputs
            for index in targets.indices where outputs[index] != inner.outputs[index] {
                guard let pointer = targets[index] else { continue }
                let (outer, inside) = (outputs[index], inner.outputs[index])
                after.append(
                    Conversion(
                        source: next, from: inside.type, target: pointer, to: outer.type, count: outer.count))
                targets[index] = next
                next += room(inside.byteCount)
            }
            let step = try bind(Binding(inputs: inputs, outputs: targets, scratch: binding.scratch))
            return { [before, after] () throws(InferenceError) in
                for conversion in before { conversion() }
                try step()
                for conversion in after { conversion() }
            }
        }
    }
}
