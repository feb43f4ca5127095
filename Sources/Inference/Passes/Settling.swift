/// Fixes the shapes of a session: every value gets a whole type and shape, and what is known before running becomes a constant.
struct Settling {
    private var graph: Graph
    private let packed: PackedConstants
    private var nodes: [Graph.Node] = []
    /// Bytes that constants computed here may still take: a file of a few hundred bytes can ask for gigabytes of them.
    private var bytesLeft: Int

    /// The settled graph.
    ///
    /// - Parameters:
    ///   - shapes: the whole shape of inputs that leave extents open; other inputs may be given too.
    ///   - values: contents of inputs whose values decide shapes.
    ///   - maximumBytes: what the constants computed here may take together.
    /// - Throws: `unknownName` and `shapeMismatch` for what is given; `valueNeeded` naming the inputs; the errors of the
    ///   operators' definitions, with the node's label.
    static func settle(
        _ graph: Graph, shapes: [String: [Int]], values: [String: Tensor], packed: PackedConstants, maximumBytes: Int
    ) throws(InferenceError) -> Graph {
        var settling = Settling(graph: graph, packed: packed, bytesLeft: maximumBytes)
        try settling.bindInputs(shapes, values)
        for node in graph.nodes { try settling.settle(node) }
        settling.graph.nodes = settling.nodes
        return settling.graph
    }

    private init(graph: Graph, packed: PackedConstants, bytesLeft: Int) {
        self.graph = graph
        self.bytesLeft = bytesLeft
        self.packed = packed
        for index in self.graph.values.indices {
            self.graph.values[index].settled = graph.values[index].constant?.spec
        }
    }

    private mutating func bindInputs(_ shapes: [String: [Int]], _ values: [String: Tensor]) throws(InferenceError) {
        let names = Set(graph.inputs.map { graph[$0].name })
        for name in shapes.keys where !names.contains(name) {
            throw InferenceError(.unknownName, "the model has no input '\(name)'")
        }
        for name in values.keys where !names.contains(name) {
            throw InferenceError(.unknownName, "the model has no input '\(name)'")
        }
        for id in graph.inputs {
            let value = graph[id]
            let given = values[value.name]?.shape ?? shapes[value.name]
            guard let type = values[value.name]?.type ?? value.type else {
                throw InferenceError(.malformedModel, "the input '\(value.name)' has no element type")
            }
            if let given, let declared = value.shape {
                let fits =
                    given.count == declared.count
                    && zip(given, declared).allSatisfy { $0 == $1 ?? $0 }
                guard fits else {
                    throw InferenceError(
                        .shapeMismatch,
                        "the input '\(value.name)' is given shape \(given), the model says "
                            + ValueInfo.text(of: declared))
                }
            }
            let shape = given ?? value.shape?.compactMap { $0 }
            guard let shape, given != nil || shape.count == value.shape?.count else {
                throw InferenceError(
                    .shapeMismatch,
                    "the input '\(value.name)' leaves extents open; the session has to be given its shape")
            }
            graph[id].settled = try TensorSpec(type, shape)
            if let tensor = values[value.name] {
                guard value.type == nil || value.type == tensor.type else {
                    throw InferenceError(
                        .typeMismatch, "the input '\(value.name)' is given \(tensor.type) for \(value.type!)")
                }
                graph[id].constant = tensor
            }
        }
    }

    private mutating func settle(_ node: Graph.Node) throws(InferenceError) {
        do throws(InferenceError) {
            let prepared = try Operator.definition(of: node).prepared(graph.context(of: node, packed: packed))
            guard prepared.outputs.count >= node.outputs.count else {
                throw InferenceError(
                    .invalidNode, "\(node.outputs.count) outputs, where there are \(prepared.outputs.count)")
            }
            for (output, spec) in zip(node.outputs, prepared.outputs) {
                if let output { graph[output].settled = spec }
            }
            if let constants = try Folding.constants(of: node, prepared, in: graph, within: bytesLeft) {
                // A view takes no bytes of its own.
                if case .view = prepared.body {
                } else {
                    bytesLeft -= constants.reduce(0) { $0 + $1.spec.byteCount }
                    // What a `Constant` holds was in the file.
                    guard bytesLeft >= 0 || node.op == "Constant" else {
                        throw InferenceError(.tooLarge, "the constants computed while loading pass the session's limit")
                    }
                }
                for (output, tensor) in zip(node.outputs, constants) {
                    if let output { graph[output].constant = tensor }
                }
            } else {
                nodes.append(node)
            }
        } catch {
            guard error.code == .valueNeeded, let operand = error.operand, let id = node.inputs[operand] else {
                throw error.within(node.label)
            }
            let needed = graph.inputsBehind(id)
            throw InferenceError(
                .valueNeeded,
                "\(node.label): a shape depends on the values of \(needed.map { "'\($0)'" }.joined(separator: ", "))",
                neededInputs: needed)
        }
    }
}

extension Graph {
    /// What the definition of a node's operator sees. Every input has to be settled.
    func context(of node: Node, packed: PackedConstants) -> NodeContext {
        let operands = node.inputs.map { id in
            id.map { NodeContext.Operand(spec: self[$0].settled!, constant: self[$0].constant) }
        }
        return NodeContext(node: node, operands: operands, packed: packed)
    }

    /// The names of the graph's inputs that a value is computed from.
    func inputsBehind(_ id: ValueID) -> [String] {
        var wanted: Set<ValueID> = [id]
        for node in nodes.reversed() where node.outputs.contains(where: { $0.map(wanted.contains) ?? false }) {
            wanted.formUnion(node.inputs.compactMap { $0 })
        }
        return inputs.filter(wanted.contains).map { self[$0].name }
    }
}
