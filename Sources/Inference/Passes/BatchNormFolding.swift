/// Removes batch normalizations whose statistics are constants, as they are in every network that is not being trained.
///
/// `y = (x - mean) / sqrt(variance + epsilon) * scale + bias` is one factor and one offset for each channel. Behind a convolution
/// they go into its weights and bias (Jacob et al., "Quantization and Training of Neural Networks", 2018, section 3.2);
/// elsewhere they become a multiplication and an addition, which the other passes know.
struct BatchNormFolding {
    private var graph: Graph
    private let packed: PackedConstants

    static func run(_ graph: Graph, packed: PackedConstants) throws(InferenceError) -> Graph {
        guard graph.nodes.contains(where: { $0.op == "BatchNormalization" && $0.domain.isEmpty }) else { return graph }
        var pass = BatchNormFolding(graph: graph, packed: packed)
        try pass.run()
        return pass.graph
    }

    private mutating func run() throws(InferenceError) {
        let uses = graph.useCounts()
        var makers: [Graph.ValueID: Int] = [:]
        var nodes: [Graph.Node] = []
        for node in graph.nodes {
            if let (factors, offsets) = try affine(node), let input = node.inputs[0], let output = node.outputs[0] {
                if uses[input.index] == 1, let maker = makers[input],
                    let joined = try fold(factors, offsets, into: nodes[maker], output)
                {
                    nodes[maker] = joined
                    makers[output] = maker
                    continue
                }
                let shape = [factors.count] + [Int](repeating: 1, count: graph.shape(input).count - 2)
                let scaled = graph.addSettled("\(graph[output].name)_scaled", graph[output].settled!)
                let factor = graph.addSettled("\(graph[output].name)_factor", constant: try factors.reshaped(shape))
                let offset = graph.addSettled("\(graph[output].name)_offset", constant: try offsets.reshaped(shape))
                for (op, from, by, to) in [("Mul", input, factor, scaled), ("Add", scaled, offset, output)] {
                    nodes.append(Graph.Node(op: op, version: 18, name: node.name, inputs: [from, by], outputs: [to]))
                }
                continue
            }
            for output in node.outputs { if let output { makers[output] = nodes.count } }
            nodes.append(node)
        }
        graph.nodes = nodes
    }

    /// The factor and the offset of each channel; nil for another operator, in training, and when a statistic is no constant.
    private func affine(_ node: Graph.Node) throws(InferenceError) -> (factors: Tensor, offsets: Tensor)? {
        guard node.op == "BatchNormalization", node.domain.isEmpty, node.inputs.count == 5,
            node.outputs.dropFirst().allSatisfy({ $0 == nil }), let input = node.inputs[0], graph.isFloat32(input),
            graph.shape(input).count >= 2
        else { return nil }
        if case .int(let trains)? = node.attributes["training_mode"], trains != 0 { return nil }
        var epsilon: Float = 1e-5
        if case .float(let given)? = node.attributes["epsilon"] { epsilon = given }
        let channels = graph.shape(input)[1]
        var parameters: [Tensor] = []
        for id in node.inputs[1...] {
            guard let id, let tensor = graph[id].constant, tensor.type == .float32, tensor.count == channels else {
                return nil
            }
            parameters.append(tensor)
        }
        let values = parameters.map { $0.elements(as: Float.self) ?? [] }
        func factor(_ channel: Int) -> Double {
            Double(values[0][channel]) / (Double(values[3][channel]) + Double(epsilon)).squareRoot()
        }
        let factors = try shared(parameters[0], "factor \(epsilon)", parameters[1...], count: channels) { target in
            for channel in 0..<channels { target[channel] = Float(factor(channel)) }
        }
        let offsets = try shared(parameters[0], "offset \(epsilon)", parameters[1...], count: channels) { target in
            for channel in 0..<channels {
                target[channel] = Float(Double(values[1][channel]) - Double(values[2][channel]) * factor(channel))
            }
        }
        let spec = try TensorSpec(.float32, [channels])
        return (Tensor(spec: spec, storage: factors), Tensor(spec: spec, storage: offsets))
    }

    /// Floats that are kept with the model, so that its sessions share them and what is made of them.
    private func shared(
        _ tensor: Tensor, _ name: String, _ others: some Sequence<Tensor>, count: Int,
        fill: (UnsafeMutableBufferPointer<Float>) -> Void
    ) throws(InferenceError) -> TensorStorage {
        try packed(tensor, as: "batch norm \(name)", with: Array(others), count: count, fill: fill)
    }

    /// The convolution with the factors in its weights and the offsets in its bias; nil for what is no such convolution.
    private mutating func fold(
        _ factors: Tensor, _ offsets: Tensor, into node: Graph.Node, _ output: Graph.ValueID
    ) throws(InferenceError) -> Graph.Node? {
        guard node.op == "Conv" || node.op == "ConvTranspose", node.domain.isEmpty, let weightsID = node.inputs[1],
            let weights = graph[weightsID].constant, weights.type == .float32, weights.spec.rank >= 3,
            node.inputs.count <= 3,
            let factor = factors.elements(as: Float.self), let offset = offsets.elements(as: Float.self)
        else { return nil }
        var bias: Tensor?
        if node.inputs.count > 2, let id = node.inputs[2] {
            guard let constant = graph[id].constant, constant.type == .float32 else { return nil }
            bias = constant
        }
        var groups = 1
        if case .int(let given)? = node.attributes["group"] { groups = given }
        let isTransposed = node.op == "ConvTranspose"
        guard groups > 0, weights.shape[0] % groups == 0,
            let channels = isTransposed ? Checked.product([weights.shape[1], groups]) : weights.shape[0],
            channels == factor.count
        else { return nil }

        let shape = weights.shape
        let inner = Shapes.count(shape[2...])
        let scaled = try shared(weights, "weights \(groups) \(isTransposed)", [factors], count: weights.count) {
            target in
            weights.withUnsafeBytes { bytes in
                let source = bytes.bindMemory(to: Float.self)
                for first in 0..<shape[0] {
                    for second in 0..<shape[1] {
                        let channel = isTransposed ? first / (shape[0] / groups) * shape[1] + second : first
                        let start = (first * shape[1] + second) * inner
                        for index in start..<start + inner { target[index] = source[index] * factor[channel] }
                    }
                }
            }
        }
        let old = bias?.elements(as: Float.self)
        let moved = try shared(offsets, "bias", [factors] + (bias.map { [$0] } ?? []), count: channels) { target in
            for channel in 0..<channels { target[channel] = (old?[channel] ?? 0) * factor[channel] + offset[channel] }
        }
        let name = graph[output].name
        var joined = node
        joined.inputs = [
            node.inputs[0], graph.addSettled("\(name)_weights", constant: Tensor(spec: weights.spec, storage: scaled)),
            graph.addSettled("\(name)_bias", constant: Tensor(spec: offsets.spec, storage: moved)),
        ]
        joined.outputs = [output]
        return joined
    }
}
