/// Reads ONNX's `TensorProto`.
package enum ONNXTensor {
    private struct Fields {
        var dims: [Int] = []
        var type = 0
        var name = ""
        var floats: [Float] = []
        var int32s: [Int] = []
        var int64s: [Int] = []
        var doubles: [Double] = []
        var uint64s: [Int] = []
        var raw: UnsafeRawBufferPointer?
        var hasStrings = false
        var isExternal = false
    }

    /// The tensor and its name.
    /// - Throws: `malformedModel` when the bytes are no tensor or its data does not fit its shape; `unsupportedModel` for element
    ///   types without a `DataType`, strings, segments and data kept in other files.
    package static func read(_ bytes: UnsafeRawBufferPointer) throws(InferenceError) -> (name: String, tensor: Tensor) {
        let fields = try fields(of: bytes)
        do {
            return (fields.name, try tensor(of: fields))
        } catch {
            throw error.within("tensor '\(fields.name)'")
        }
    }

    private static func fields(of bytes: UnsafeRawBufferPointer) throws(InferenceError) -> Fields {
        var reader = WireReader(bytes)
        var fields = Fields()
        while let field = try reader.next() {
            switch field.number {
            case 1: try reader.appendInts(field, to: &fields.dims)
            case 2:
                try WireReader.expect(field, .varint)
                fields.type = try reader.int()
            case 3: throw InferenceError(.unsupportedModel, "a tensor in segments")
            case 4: try reader.appendFloats(field, to: &fields.floats)
            case 5: try reader.appendInts(field, to: &fields.int32s)
            case 6:
                fields.hasStrings = true
                try reader.skip(field)
            case 7: try reader.appendInts(field, to: &fields.int64s)
            case 8:
                try WireReader.expect(field, .bytes)
                fields.name = try reader.string()
            case 9:
                try WireReader.expect(field, .bytes)
                fields.raw = try reader.message()
            case 10: try reader.appendDoubles(field, to: &fields.doubles)
            case 11: try reader.appendInts(field, to: &fields.uint64s)
            case 13:
                fields.isExternal = true
                try reader.skip(field)
            case 14:
                try WireReader.expect(field, .varint)
                if try reader.int() == 1 { fields.isExternal = true }
            default: try reader.skip(field)
            }
        }
        return fields
    }

    private static func tensor(of fields: Fields) throws(InferenceError) -> Tensor {
        guard !fields.isExternal else {
            throw InferenceError(
                .unsupportedModel, "its data is in another file; export the model with the weights inside")
        }
        let type = try dataType(fields.type)
        if let raw = fields.raw {
            if type == .bool { return try bools(raw, fields.dims) }
            return try Tensor(type, fields.dims, bytes: raw)
        }
        switch type {
        case .float32: return try Tensor(fields.floats, shape: fields.dims)
        case .float64: return try Tensor(fields.doubles, shape: fields.dims)
        case .int64: return try Tensor(fields.int64s.map { Int64($0) }, shape: fields.dims)
        case .uint64: return try Tensor(fields.uint64s.map { UInt64(bitPattern: Int64($0)) }, shape: fields.dims)
        case .uint32: return try Tensor(fields.uint64s.map { UInt32(truncatingIfNeeded: $0) }, shape: fields.dims)
        case .int32: return try Tensor(fields.int32s.map { Int32(truncatingIfNeeded: $0) }, shape: fields.dims)
        case .int16: return try Tensor(fields.int32s.map { Int16(truncatingIfNeeded: $0) }, shape: fields.dims)
        case .uint16: return try Tensor(fields.int32s.map { UInt16(truncatingIfNeeded: $0) }, shape: fields.dims)
        case .int8: return try Tensor(fields.int32s.map { Int8(truncatingIfNeeded: $0) }, shape: fields.dims)
        case .uint8: return try Tensor(fields.int32s.map { UInt8(truncatingIfNeeded: $0) }, shape: fields.dims)
        case .bool: return try Tensor(fields.int32s.map { $0 != 0 }, shape: fields.dims)
        case .float16, .bfloat16:
            let patterns = fields.int32s.map { UInt16(truncatingIfNeeded: $0) }
            guard try TensorSpec(type, fields.dims).count == patterns.count else {
                throw InferenceError(.malformedModel, "\(patterns.count) elements for shape \(fields.dims)")
            }
            return try Tensor(type, fields.dims) { bytes in patterns.withUnsafeBytes { bytes.copyMemory(from: $0) } }
        }
    }

    /// A bool is stored as a byte that is 0 or 1 and nothing else, whatever the file says.
    private static func bools(_ raw: UnsafeRawBufferPointer, _ dims: [Int]) throws(InferenceError) -> Tensor {
        try Tensor(raw.map { $0 != 0 }, shape: dims)
    }

    /// The element type of a number in the file.
    static func dataType(_ number: Int) throws(InferenceError) -> DataType {
        if let type = DataType(rawValue: number) { return type }
        let names = [
            0: "undefined", 8: "string", 14: "complex64", 15: "complex128", 17: "float8e4m3fn", 18: "float8e4m3fnuz",
            19: "float8e5m2", 20: "float8e5m2fnuz", 21: "uint4", 22: "int4", 23: "float4e2m1", 24: "float8e8m0",
            25: "uint2", 26: "int2",
        ]
        throw InferenceError(.unsupportedModel, "elements of type \(names[number] ?? "number \(number)")")
    }
}
