internal import CKernels

/// Reads a TFLite model into a graph, saying what it means in ONNX's words.
///
/// Tensors stay channels-last. Only where ONNX's operator is channels-first - convolution, pooling, resizing - does a `Transpose`
/// stand before and after it; the layout pass takes these away again. Constants are widened from float16, dequantized and made
/// dense while they are read, so that `DEQUANTIZE` and `DENSIFY` of constants leave nothing behind.
package struct TFLiteImporter {
    let file: TFLiteFile
    var graph = Graph()
    /// What the constants may take that are copied out of the file, transposed ones and lists of integers included.
    let allowance: ByteAllowance
    /// The values made so far, by tensor.
    var values: [Int: Graph.ValueID] = [:]

    /// The graph of a model.
    /// - Throws: `malformedModel` when the bytes are not a whole TFLite model, or one that uses a tensor before making it;
    ///   `unsupportedOperator` and `unsupportedModel` for what the importer does not read. The message names the operator or tensor.
    package static func read(_ bytes: UnsafeRawBufferPointer) throws(InferenceError) -> Graph {
        // A weight of one byte becomes a float, and is there a second time when it is transposed.
        let allowance = ByteAllowance(Session.standardMaximumBytes + 8 * bytes.count)
        var importer = TFLiteImporter(file: try TFLiteFile(bytes), allowance: allowance)
        try importer.importAll()
        return importer.graph
    }

    private init(file: TFLiteFile, allowance: ByteAllowance) {
        self.file = file
        self.allowance = allowance
    }

    private mutating func importAll() throws(InferenceError) {
        for tensor in file.inputs {
            let entry = file.tensors[tensor]
            guard values[tensor] == nil else { throw FlatBuffer.malformed("'\(entry.name)' is an input twice") }
            values[tensor] = graph.addInput(entry.name, entry.type, entry.shape.map { $0 })
        }
        for (index, entry) in file.operators.enumerated() {
            guard let known = TFLiteOperator(rawValue: entry.code) else {
                let name = entry.custom.isEmpty ? "of code \(entry.code)" : "'\(entry.custom)'"
                throw InferenceError(
                    .unsupportedOperator, "the TFLite operator \(name) (number \(index)) is not supported")
            }
            do throws(InferenceError) {
                var node = TFLiteNode(entry: entry, op: known, file: file)
                try add(&node)
            } catch {
                throw error.within("operator \(index), \(known.name)")
            }
        }
        for tensor in file.outputs {
            guard let value = try constantOrMade(tensor) else {
                throw FlatBuffer.malformed("nothing makes the output '\(file.tensors[tensor].name)'")
            }
            graph.outputs.append(value)
        }
    }

    /// The value of a tensor: made already, or a constant.
    private mutating func constantOrMade(_ tensor: Int) throws(InferenceError) -> Graph.ValueID? {
        if let value = values[tensor] { return value }
        guard file.tensors[tensor].data != nil else { return nil }
        let value = graph.addConstant(try constant(tensor), name: file.tensors[tensor].name)
        values[tensor] = value
        return value
    }

    /// The value of an operator's input.
    /// - Throws: `malformedModel` when the operator has no such input or it is used before it is made.
    mutating func input(_ node: TFLiteNode, _ index: Int) throws(InferenceError) -> Graph.ValueID {
        guard let value = try constantOrMade(try node.tensor(index)) else {
            throw FlatBuffer.malformed("'\(file.tensors[try node.tensor(index)].name)' is used before it is made")
        }
        return value
    }

    /// The value of an input that may be left out.
    mutating func optionalInput(_ node: TFLiteNode, _ index: Int) throws(InferenceError) -> Graph.ValueID? {
        node.has(index) ? try input(node, index) : nil
    }

    /// The contents of an input that has to be a constant of integers: a shape, axes, a permutation.
    func integers(_ node: TFLiteNode, _ index: Int) throws(InferenceError) -> [Int] {
        let tensor = try node.tensor(index)
        guard file.tensors[tensor].data != nil, let integers = try listed(tensor).integers else {
            throw InferenceError(
                .unsupportedModel,
                "'\(file.tensors[tensor].name)' is not a constant of integers, which this operator needs")
        }
        return integers
    }

    /// A constant that is a list of integers, in the file and in the graph.
    private func listed(_ tensor: Int) throws(InferenceError) -> Tensor {
        let list = try constant(tensor)
        try allowance.take(list.count, size: 2 * MemoryLayout<Int>.size, "a list of integers")
        return list
    }

    /// Makes `value` the node's output `index`, under the tensor's name.
    mutating func set(_ node: TFLiteNode, _ value: Graph.ValueID, at index: Int = 0) throws(InferenceError) {
        guard index < node.entry.outputs.count else { throw FlatBuffer.malformed("it has no output \(index)") }
        let tensor = node.entry.outputs[index]
        guard values[tensor] == nil else {
            throw FlatBuffer.malformed("'\(file.tensors[tensor].name)' is made twice")
        }
        values[tensor] = value
        // A tensor that only passes another on keeps that one's name, unless the model gives it to its caller.
        if graph[value].constant == nil, !graph.inputs.contains(value) { graph[value].name = file.tensors[tensor].name }
    }

    /// An input with its axes in another order. A constant is transposed at once, so that all sessions share the result.
    mutating func transposed(
        _ node: TFLiteNode, _ index: Int, _ perm: [Int]
    ) throws(InferenceError) -> Graph.ValueID {
        let value = try input(node, index)
        if let constant = graph[value].constant {
            try allowance.take(constant.spec.byteCount, "a transposed constant")
        }
        if let moved = try graph[value].constant?.transposed(perm) {
            return graph.addConstant(moved, name: graph[value].name)
        }
        return graph.add("Transpose", [value], ["perm": .ints(perm)])
    }

    /// A channels-last value seen channels first, and the way back.
    mutating func channelsFirst(_ value: Graph.ValueID) -> Graph.ValueID {
        graph.add("Transpose", [value], ["perm": .ints([0, 3, 1, 2])])
    }

    mutating func channelsLast(_ value: Graph.ValueID) -> Graph.ValueID {
        graph.add("Transpose", [value], ["perm": .ints([0, 2, 3, 1])])
    }

    /// The value after an operator's fused activation (`ActivationFunctionType` of the schema).
    mutating func activated(_ value: Graph.ValueID, _ code: Int) throws(InferenceError) -> Graph.ValueID {
        switch code {
        case 0: return value
        case 1: return graph.add("Relu", [value])
        case 2: return clipped(value, -1, 1)
        case 3: return clipped(value, 0, 6)
        case 4: return graph.add("Tanh", [value])
        default: throw InferenceError(.unsupportedOperator, "the fused activation \(code) is not supported")
        }
    }

    mutating func clipped(_ value: Graph.ValueID, _ low: Float, _ high: Float) -> Graph.ValueID {
        graph.add("Clip", [value, graph.addConstant(scalar: low), graph.addConstant(scalar: high)])
    }
}

/// One operator of the file while it is imported.
struct TFLiteNode {
    let entry: TFLiteFile.OperatorEntry
    let op: TFLiteOperator
    let file: TFLiteFile

    func has(_ index: Int) -> Bool { index < entry.inputs.count && entry.inputs[index] >= 0 }

    /// The tensor of an input.
    func tensor(_ index: Int) throws(InferenceError) -> Int {
        guard has(index) else { throw FlatBuffer.malformed("it has no input \(index)") }
        return entry.inputs[index]
    }

    /// The extents of an input that has to have `rank` axes.
    func shape(_ index: Int, rank: Int) throws(InferenceError) -> [Int] {
        let entry = file.tensors[try tensor(index)]
        guard entry.shape.count == rank else {
            throw InferenceError(.invalidNode, "'\(entry.name)' has shape \(entry.shape), not \(rank) axes")
        }
        return entry.shape
    }

    /// The rank of an input.
    func rank(_ index: Int) throws(InferenceError) -> Int { file.tensors[try tensor(index)].shape.count }

    /// An axis of an input, counted from the front.
    func axis(_ axis: Int, of index: Int) throws(InferenceError) -> Int {
        try Shapes.axis(axis, rank: try rank(index))
    }

    // The fields of the operator's options, with the schema's defaults where it has none.
    func int(_ field: Int, _ standard: Int = 0) throws(InferenceError) -> Int {
        try entry.options?.int(field, standard) ?? standard
    }
    func byte(_ field: Int) throws(InferenceError) -> Int { try entry.options?.byte(field) ?? 0 }
    func bool(_ field: Int) throws(InferenceError) -> Bool { try entry.options?.bool(field) ?? false }
    func float(_ field: Int) throws(InferenceError) -> Float { try entry.options?.float(field) ?? 0 }
}
