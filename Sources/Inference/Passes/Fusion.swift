internal import CKernels

/// Lets the engine's convolutions do what stands around them: the padding before, the residual and the activation after, and the
/// 1x1 convolution that follows a depthwise one.
struct Fusion {
    var graph: Graph
    /// The nodes that stay; nil where one has become part of another.
    private var nodes: [Graph.Node?]
    /// The node that makes a value.
    private var makers: [Graph.ValueID: Int] = [:]
    private var uses: [Int]

    static func run(_ graph: Graph) -> Graph {
        var pass = Fusion(graph)
        for index in pass.nodes.indices { pass.absorbPad(index) }
        for index in pass.nodes.indices {
            // One residual and one activation: an addition may become the convolution that the activation then joins.
            if pass.joinBias(index) { continue }
            pass.joinResidual(index)
            pass.joinActivation(index)
        }
        for index in pass.nodes.indices { pass.joinPointwise(index) }
        pass.graph.nodes = pass.nodes.compactMap { $0 }
        pass.graph.removeDeadNodes()
        return pass.graph
    }

    private init(_ graph: Graph) {
        self.graph = graph
        nodes = graph.nodes
        uses = graph.useCounts()
        for (index, node) in graph.nodes.enumerated() {
            for output in node.outputs { if let output { makers[output] = index } }
        }
    }

    // MARK: Reading

    /// The operators that add a bias and a residual and apply an activation, all with the same places for them.
    private static let products: Set<String> = ["Conv", "Dense"]

    /// The node that makes a value, when it is one of the engine's own operators `ops` and the value has no other reader.
    private func onlyMaker(_ value: Graph.ValueID?, _ ops: Set<String>) -> Int? {
        guard let value, uses[value.index] == 1, let index = makers[value], let node = nodes[index],
            ops.contains(node.op), node.domain == Graph.ownDomain
        else { return nil }
        return index
    }

    private func own(_ index: Int, _ op: String) -> Graph.Node? {
        guard let node = nodes[index], node.op == op, node.domain == Graph.ownDomain else { return nil }
        return node
    }

    private func ints(_ node: Graph.Node, _ name: String) -> [Int] {
        guard case .ints(let values)? = node.attributes[name] else { return [] }
        return values
    }

    private func hasActivation(_ node: Graph.Node) -> Bool { node.attributes["activation"] != nil }

    /// The amounts of a `Pad` by zeros: before and after each axis.
    private func zeroPad(_ node: Graph.Node) -> (before: [Int], after: [Int])? {
        guard node.op == "Pad", node.domain.isEmpty, node.inputs.count >= 2, let amounts = node.inputs[1],
            let pads = graph[amounts].constant?.integers, pads.count == 8, pads.allSatisfy({ $0 >= 0 }),
            node.inputs.count < 4 || node.inputs[3] == nil
        else { return nil }
        if case .string(let mode)? = node.attributes["mode"], mode != "constant" { return nil }
        if node.inputs.count > 2, let value = node.inputs[2], graph.scalar(value) != 0 { return nil }
        return (Array(pads[..<4]), Array(pads[4...]))
    }

    // MARK: Writing

    /// Writes a node and keeps the books of makers and uses.
    private mutating func put(_ node: Graph.Node?, at index: Int) {
        for input in nodes[index]?.inputs ?? [] { if let input { uses[input.index] -= 1 } }
        nodes[index] = node
        for input in node?.inputs ?? [] { if let input { uses[input.index] += 1 } }
        for output in node?.outputs ?? [] { if let output { makers[output] = index } }
    }

    private static func padded(_ inputs: [Graph.ValueID?], to count: Int) -> [Graph.ValueID?] {
        inputs + [Graph.ValueID?](repeating: nil, count: max(0, count - inputs.count))
    }

    // MARK: The rules

    /// Zeros around height and width are what a convolution reads outside its input.
    private mutating func absorbPad(_ index: Int) {
        guard var node = own(index, "Conv"), let input = node.inputs[0], let maker = makers[input],
            let pad = nodes[maker], let amounts = zeroPad(pad),
            [amounts.before[0], amounts.before[3], amounts.after[0], amounts.after[3]].allSatisfy({ $0 == 0 })
        else { return }
        let pads = ints(node, "pads")
        guard pads.count == 4 else { return }
        node.attributes["pads"] = .ints([
            pads[0] + amounts.before[1], pads[1] + amounts.before[2], pads[2] + amounts.after[1],
            pads[3] + amounts.after[2],
        ])
        node.inputs[0] = pad.inputs[0]
        put(node, at: index)
    }

    /// `Add` of a product and a constant of one value for each column.
    private mutating func joinBias(_ index: Int) -> Bool {
        guard let add = nodes[index], add.op == "Add", add.domain.isEmpty, let output = add.outputs[0] else {
            return false
        }
        for side in 0..<2 {
            guard let maker = onlyMaker(add.inputs[side], ["Dense"]), var dense = nodes[maker],
                !hasActivation(dense), dense.inputs.count == 3, dense.inputs[2] == nil,
                let other = add.inputs[1 - side], let constant = graph[other].constant,
                constant.count == graph.shape(output).last, constant.shape.last == constant.count,
                constant.shape.count <= graph.shape(output).count
            else { continue }
            dense.inputs[2] = other
            dense.outputs = [output]
            put(nil, at: index)
            put(dense, at: maker)
            return true
        }
        return false
    }

    /// `Add` of a product and something of the same size, or of the same size after zeros behind its channels.
    private mutating func joinResidual(_ index: Int) {
        guard let add = nodes[index], add.op == "Add", add.domain.isEmpty, let output = add.outputs[0],
            graph.isFloat32(output)
        else { return }
        for side in 0..<2 {
            guard let maker = onlyMaker(add.inputs[side], Fusion.products), var conv = nodes[maker],
                !hasActivation(conv),
                conv.inputs.count < 5 || conv.inputs[4] == nil, let made = add.inputs[side],
                graph.shape(made) == graph.shape(output), let other = add.inputs[1 - side], graph[other].constant == nil
            else { continue }
            var residual = other
            if conv.op == "Conv", let padMaker = makers[other], let pad = nodes[padMaker], let amounts = zeroPad(pad),
                let inner = pad.inputs[0], amounts.before.allSatisfy({ $0 == 0 }),
                amounts.after[..<3].allSatisfy({ $0 == 0 })
            {
                residual = inner
            } else if graph.shape(other) != graph.shape(output) {
                continue
            }
            conv.inputs = Fusion.padded(conv.inputs, to: 5)
            conv.inputs[4] = residual
            conv.outputs = [output]
            // Where the addition stood, the residual is there.
            put(nil, at: maker)
            put(conv, at: index)
            return
        }
    }

    /// What a node applies to each value of its first input.
    static func activation(_ node: Graph.Node, in graph: Graph) -> (KernelActivation, slope: Graph.ValueID?)? {
        func float(_ name: String, _ standard: Float) -> Float {
            guard case .float(let value)? = node.attributes[name] else { return standard }
            return value
        }
        switch node.op {
        case "Relu": return (KernelActivation(NF_ACT_RELU), nil)
        case "Sigmoid": return (KernelActivation(NF_ACT_SIGMOID), nil)
        case "Tanh": return (KernelActivation(NF_ACT_TANH), nil)
        case "HardSwish": return (KernelActivation(NF_ACT_HARD_SWISH), nil)
        case "HardSigmoid":
            return (KernelActivation(NF_ACT_HARD_SIGMOID, alpha: float("alpha", 0.2), beta: float("beta", 0.5)), nil)
        case "LeakyRelu": return (KernelActivation(NF_ACT_LEAKY, alpha: float("alpha", 0.01)), nil)
        case "Elu": return (KernelActivation(NF_ACT_ELU, alpha: float("alpha", 1)), nil)
        case "Gelu":
            if case .string("tanh")? = node.attributes["approximate"] {
                return (KernelActivation(NF_ACT_GELU_TANH), nil)
            }
            return (KernelActivation(NF_ACT_GELU), nil)
        case "Clip":
            var limits: [Float] = [float("min", -.infinity), float("max", .infinity)]
            for side in 0..<2 where node.inputs.count > side + 1 && node.inputs[side + 1] != nil {
                guard let limit = graph.scalar(node.inputs[side + 1]) else { return nil }
                limits[side] = limit
            }
            return (KernelActivation(NF_ACT_CLAMP, alpha: limits[0], beta: limits[1]), nil)
        case "PRelu":
            guard let slope = node.inputs[1], let output = node.outputs[0], let values = graph.floats(slope) else {
                return nil
            }
            if values.count == 1 { return (KernelActivation(NF_ACT_LEAKY, alpha: values[0]), nil) }
            guard let channels = graph.shape(output).last, graph.shape(slope).last == channels, values.count == channels
            else {
                return nil
            }
            return (KernelActivation(NF_ACT_PRELU), slope)
        default: return nil
        }
    }

    private mutating func joinActivation(_ index: Int) {
        guard let node = nodes[index], node.domain.isEmpty, let output = node.outputs.first ?? nil else { return }
        if joinSwish(index, node) { return }
        guard let (activation, slope) = Fusion.activation(node, in: graph),
            let maker = onlyMaker(node.inputs[0], Fusion.products),
            var conv = nodes[maker], !hasActivation(conv)
        else { return }
        conv.attributes.merge(activation.attributes) { $1 }
        if let slope {
            conv.inputs = Fusion.padded(conv.inputs, to: 4)
            conv.inputs[3] = slope
        }
        conv.outputs = [output]
        put(nil, at: index)
        put(conv, at: maker)
    }

    /// `x * Sigmoid(x)`.
    private mutating func joinSwish(_ index: Int, _ node: Graph.Node) -> Bool {
        guard node.op == "Mul", let output = node.outputs[0] else { return false }
        for side in 0..<2 {
            guard let x = node.inputs[side], let gate = node.inputs[1 - side], let gateMaker = makers[gate],
                let sigmoid = nodes[gateMaker], sigmoid.op == "Sigmoid", sigmoid.domain.isEmpty, sigmoid.inputs[0] == x,
                uses[gate.index] == 1, uses[x.index] == 2, let maker = makers[x],
                var conv = own(maker, "Conv") ?? own(maker, "Dense"),
                !hasActivation(conv)
            else { continue }
            conv.attributes.merge(KernelActivation(NF_ACT_SILU).attributes) { $1 }
            conv.outputs = [output]
            put(nil, at: gateMaker)
            put(nil, at: index)
            put(conv, at: maker)
            return true
        }
        return false
    }

    /// A 1x1 convolution whose input a depthwise one makes for it alone.
    private mutating func joinPointwise(_ index: Int) {
        guard let second = own(index, "Conv"), let input = second.inputs[0], let maker = onlyMaker(input, ["Conv"]),
            let first = nodes[maker], first.inputs.count < 5 || first.inputs[4] == nil
        else { return }
        let channels = graph.shape(input)[3]
        guard case .int(let groups)? = first.attributes["group"], groups == channels, let image = first.inputs[0],
            graph.shape(image)[3] == channels, case .int(1)? = second.attributes["group"],
            ints(second, "kernel") == [1, 1],
            ints(second, "strides") == [1, 1], ints(second, "pads").prefix(4).allSatisfy({ $0 == 0 }),
            ints(second, "output") == Array(graph.shape(input)[1...2])
        else { return }
        var node = second
        node.op = "Separable"
        node.name = first.name.isEmpty ? second.name : first.name
        node.inputs =
            Array(Fusion.padded(first.inputs, to: 4)[..<4]) + Array(Fusion.padded(second.inputs, to: 5)[1...])
        for (name, value) in first.attributes { node.attributes["depthwise_\(name)"] = value }
        put(nil, at: maker)
        put(node, at: index)
    }
}
