internal import CKernels

extension TFLiteImporter {
    /// The contents of a constant tensor: dense, and float32 where it is stored as float16 or quantized to 8 bits.
    ///
    /// - Throws: `tooLarge` also when what was read before it has left no room: many tensors may have one buffer.
    func constant(_ tensor: Int) throws(InferenceError) -> Tensor {
        let entry = file.tensors[tensor]
        do throws(InferenceError) {
            let width = max(entry.type.size, MemoryLayout<Float>.size)
            try allowance.take(try TensorSpec(entry.type, entry.shape).count, size: width, "a constant")
            return try TFLiteImporter.constant(entry)
        } catch {
            throw error.within("'\(entry.name)'")
        }
    }

    private static func constant(_ entry: TFLiteFile.TensorEntry) throws(InferenceError) -> Tensor {
        guard let data = entry.data else { throw FlatBuffer.malformed("it has no contents") }
        let spec = try TensorSpec(entry.type, entry.shape)
        let stored: Tensor
        if let sparsity = entry.sparsity {
            guard spec.count <= TFLiteSparsity.maximumCount else {
                throw InferenceError(.tooLarge, "a sparse tensor \(spec)")
            }
            var failure: InferenceError?
            stored = try Tensor(spec.type, spec.shape) { bytes in
                do throws(InferenceError) {
                    let whole = UnsafeMutableRawBufferPointer(rebasing: bytes[..<spec.byteCount])
                    try sparsity.expand(data, shape: spec.shape, size: spec.type.size, into: whole)
                } catch {
                    failure = error
                }
            }
            if let failure { throw failure }
        } else {
            guard data.count == spec.byteCount else {
                throw FlatBuffer.malformed("it has \(data.count) bytes for \(spec)")
            }
            stored = try Tensor(spec.type, spec.shape, bytes: data)
        }
        switch spec.type {
        case .float16: return try widened(stored)
        case .int8, .uint8: return entry.scales.isEmpty ? stored : try dequantized(stored, entry)
        default: return stored
        }
    }

    private static func widened(_ half: Tensor) throws(InferenceError) -> Tensor {
        try Tensor(.float32, half.shape) { bytes in
            half.withUnsafeBytes { source in
                nf_half_to_float(
                    half.count, source.baseAddress?.assumingMemoryBound(to: UInt16.self),
                    bytes.baseAddress?.assumingMemoryBound(to: Float.self))
            }
        }
    }

    /// scale * (value - zero point), with one pair for the tensor or one for each index of an axis.
    private static func dequantized(
        _ stored: Tensor, _ entry: TFLiteFile.TensorEntry
    ) throws(InferenceError) -> Tensor {
        let axis = entry.quantizedAxis
        let perAxis = entry.scales.count > 1
        guard !perAxis || (stored.shape.indices.contains(axis) && stored.shape[axis] == entry.scales.count),
            entry.zeroPoints.isEmpty || entry.zeroPoints.count == entry.scales.count
        else { throw FlatBuffer.malformed("its \(entry.scales.count) scales do not fit \(stored.spec)") }
        let isSigned = stored.type == .int8
        let stride = perAxis ? stored.spec.strides[axis] : 1
        return try Tensor(.float32, stored.shape) { bytes in
            let target = bytes.bindMemory(to: Float.self)
            stored.withUnsafeBytes { source in
                for (index, byte) in source.enumerated() {
                    let value = isSigned ? Int(Int8(bitPattern: byte)) : Int(byte)
                    let channel = perAxis ? index / stride % entry.scales.count : 0
                    let zero = entry.zeroPoints.isEmpty ? 0 : entry.zeroPoints[channel]
                    target[index] = entry.scales[channel] * Float(value &- zero)
                }
            }
        }
    }
}
