/// A small TFLite model for tests.
struct TinyModel {
    typealias Value = FlatBufferWriter.Value

    struct Tensor {
        var name: String
        var shape: [Int32]
        /// `TensorType` of the schema: 0 float32, 1 float16, 2 int32, 9 int8.
        var type: Int8 = 0
        var data: [UInt8] = []
        var sparsity: Value?
        var quantization: Value?
    }

    struct Operator {
        var code: Int32
        var inputs: [Int32]
        var outputs: [Int32]
        var options: [Int: Value] = [:]
        var custom = ""
    }

    var tensors: [Tensor] = []
    var operators: [Operator] = []
    var inputs: [Int32] = []
    var outputs: [Int32] = []
    var version: UInt32 = 3

    static func bytes(_ values: [Float]) -> [UInt8] { values.flatMap { withUnsafeBytes(of: $0) { Array($0) } } }
    static func bytes(_ values: [Int32]) -> [UInt8] { values.flatMap { withUnsafeBytes(of: $0) { Array($0) } } }
    static func halves(_ values: [Float16]) -> [UInt8] { values.flatMap { withUnsafeBytes(of: $0) { Array($0) } } }

    /// A model of one operator: its inputs are the given tensors, of which those without data are the model's own.
    init(_ code: Int32, _ inputs: [Tensor], output: [Int32], options: [Int: Value] = [:], custom: String = "") {
        tensors = inputs + [Tensor(name: "out", shape: output)]
        let indices = inputs.indices.map { Int32($0) }
        self.inputs = indices.filter { inputs[Int($0)].data.isEmpty }
        outputs = [Int32(inputs.count)]
        operators = [Operator(code: code, inputs: indices, outputs: outputs, options: options, custom: custom)]
    }

    /// The file.
    var file: [UInt8] {
        var buffers: [Value] = [.table([:])]
        var entries: [Value] = []
        for tensor in tensors {
            var fields: [Int: Value] = [
                0: .ints(tensor.shape), 1: .int8(tensor.type), 2: .uint32(0), 3: .string(tensor.name),
            ]
            if !tensor.data.isEmpty {
                fields[2] = .uint32(UInt32(buffers.count))
                buffers.append(.table([0: .bytes(tensor.data)]))
            }
            if let quantization = tensor.quantization { fields[4] = quantization }
            if let sparsity = tensor.sparsity { fields[6] = sparsity }
            entries.append(.table(fields))
        }
        let codes: [Value] = operators.map { entry in
            var fields: [Int: Value] = [0: .int8(Int8(min(entry.code, 127))), 3: .int32(entry.code)]
            if !entry.custom.isEmpty { fields[1] = .string(entry.custom) }
            return .table(fields)
        }
        let nodes: [Value] = operators.enumerated().map { index, entry in
            .table([
                0: .uint32(UInt32(index)), 1: .ints(entry.inputs), 2: .ints(entry.outputs), 3: .int8(1),
                4: .table(entry.options),
            ])
        }
        let body: Value = .table([
            0: .tables(entries), 1: .ints(inputs), 2: .ints(outputs), 3: .tables(nodes), 4: .string("main"),
        ])
        return FlatBufferWriter.file(
            .table([
                0: .uint32(version), 1: .tables(codes), 2: .tables([body]), 3: .string("a test"), 4: .tables(buffers),
            ]))
    }
}
