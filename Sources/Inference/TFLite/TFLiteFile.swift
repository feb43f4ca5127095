/// The parts of a TFLite file (schema version 3) that the importer reads, decoded and checked but not yet interpreted.
struct TFLiteFile {
    /// `TensorType` of the schema.
    enum Element: Int {
        case float32 = 0
        case float16 = 1
        case int32 = 2
        case uint8 = 3
        case int64 = 4
        case bool = 6
        case int16 = 7
        case int8 = 9
        case float64 = 10

        var type: DataType {
            switch self {
            case .float32: .float32
            case .float16: .float16
            case .int32: .int32
            case .uint8: .uint8
            case .int64: .int64
            case .bool: .bool
            case .int16: .int16
            case .int8: .int8
            case .float64: .float64
            }
        }
    }

    struct TensorEntry {
        let name: String
        let shape: [Int]
        let type: DataType
        /// The stored bytes; nil for what is computed. Sparse tensors store their kept blocks only.
        let data: UnsafeRawBufferPointer?
        let sparsity: TFLiteSparsity?
        let scales: [Float]
        let zeroPoints: [Int]
        let quantizedAxis: Int
    }

    struct OperatorEntry {
        let code: Int
        /// The name of a custom operator, otherwise empty.
        let custom: String
        /// -1 marks an optional input that is left out.
        let inputs: [Int]
        let outputs: [Int]
        let options: FlatBuffer.Table?
    }

    let tensors: [TensorEntry]
    let operators: [OperatorEntry]
    let inputs: [Int]
    let outputs: [Int]

    /// The first subgraph of a file; the others belong to control flow, which the importer does not read.
    init(_ bytes: UnsafeRawBufferPointer) throws(InferenceError) {
        guard bytes.count >= 8, bytes[4..<8].elementsEqual("TFL3".utf8) else {
            throw FlatBuffer.malformed("the bytes 'TFL3' are not at byte 4")
        }
        let model = try FlatBuffer(bytes).root()
        let version = try model.int(0)
        guard version == 3 else {
            throw InferenceError(.unsupportedModel, "TFLite schema version \(version) is not supported (3 is)")
        }
        guard let body = try model.tables(2).first else { throw FlatBuffer.malformed("there is no subgraph in it") }

        var codes: [(code: Int, custom: String)] = []
        for entry in try model.tables(1) {
            // Codes beyond 127 stand in a later field only.
            codes.append((max(try entry.byte(0), try entry.int(3)), try entry.string(1)))
        }
        let buffers = try model.tables(4)
        var tensors: [TensorEntry] = []
        for (index, table) in try body.tables(0).enumerated() {
            do throws(InferenceError) {
                tensors.append(try TFLiteFile.tensor(table, buffers, in: bytes))
            } catch {
                throw error.within("tensor \(index)")
            }
        }
        var operators: [OperatorEntry] = []
        for (index, table) in try body.tables(3).enumerated() {
            let code = Int(try table.number(0, UInt32(0)))
            guard code < codes.count else {
                throw FlatBuffer.malformed("operator \(index) has code \(code) of \(codes.count)")
            }
            let entry = OperatorEntry(
                code: codes[code].code, custom: codes[code].custom, inputs: try table.ints(1) ?? [],
                outputs: try table.ints(2) ?? [], options: try table.table(4))
            for tensor in entry.outputs where !tensors.indices.contains(tensor) {
                throw FlatBuffer.malformed("operator \(index) writes tensor \(tensor) of \(tensors.count)")
            }
            for tensor in entry.inputs where tensor != -1 && !tensors.indices.contains(tensor) {
                throw FlatBuffer.malformed("operator \(index) reads tensor \(tensor) of \(tensors.count)")
            }
            operators.append(entry)
        }
        inputs = try body.ints(1) ?? []
        outputs = try body.ints(2) ?? []
        for tensor in inputs + outputs where !tensors.indices.contains(tensor) {
            throw FlatBuffer.malformed("an input or output is tensor \(tensor) of \(tensors.count)")
        }
        self.tensors = tensors
        self.operators = operators
    }

    private static func tensor(
        _ table: FlatBuffer.Table, _ buffers: [FlatBuffer.Table], in bytes: UnsafeRawBufferPointer
    ) throws(InferenceError) -> TensorEntry {
        let name = try table.string(3)
        let code = try table.byte(1)
        guard let element = Element(rawValue: code) else {
            throw InferenceError(.unsupportedModel, "'\(name)' has element type \(code), which is not supported")
        }
        guard try !table.bool(5) else {
            throw InferenceError(.unsupportedModel, "'\(name)' is a variable, which is not supported")
        }
        // Where an extent is open, the shape has the 1 that TFLite's own runtime starts with.
        let shape = try table.ints(0) ?? []
        guard shape.allSatisfy({ $0 >= 0 }), shape.count <= TensorSpec.maximumRank else {
            throw FlatBuffer.malformed("'\(name)' has shape \(shape)")
        }
        let buffer = Int(try table.number(2, UInt32(0)))
        guard buffer < max(buffers.count, 1) else {
            throw FlatBuffer.malformed("'\(name)' has buffer \(buffer) of \(buffers.count)")
        }
        var data: UnsafeRawBufferPointer?
        // Buffer 0 is empty by definition: its tensors are computed.
        if buffer > 0 {
            let entry = buffers[buffer]
            let (offset, size) = (try entry.number(1, UInt64(0)), try entry.number(2, UInt64(0)))
            if let vector = try entry.vector(0, elementSize: 1), vector.count > 0 {
                data = vector.bytes
            } else if offset > 1 {
                // Files above 2 GB keep their data behind the flatbuffer.
                guard offset <= UInt64(bytes.count), size <= UInt64(bytes.count) - offset else {
                    throw FlatBuffer.malformed("buffer \(buffer) lies outside the file")
                }
                data = UnsafeRawBufferPointer(rebasing: bytes[Int(offset)..<Int(offset + size)])
            }
        }
        let quantization = try table.table(4)
        var sparsity: TFLiteSparsity?
        if let parameters = try table.table(6) { sparsity = try TFLiteSparsity(parameters) }
        return TensorEntry(
            name: name, shape: shape, type: element.type, data: data,
            sparsity: sparsity,
            scales: try quantization?.floats(2) ?? [],
            zeroPoints: try quantization?.numbers(3, as: Int64.self) ?? [],
            quantizedAxis: try quantization?.int(6) ?? 0)
    }
}
