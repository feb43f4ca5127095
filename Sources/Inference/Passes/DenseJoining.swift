/// Turns products with constant matrices into the engine's own `Dense`, whose weights are packed once and which, as a convolution,
/// adds bias and residual and applies an activation to what it stores.
///
/// `MatMul` with a constant right side, as exporters write linear layers on tokens, and `Gemm` with constant weights and bias.
enum DenseJoining {
    static func run(_ graph: Graph) throws(InferenceError) -> Graph {
        var joined = graph
        for (index, node) in graph.nodes.enumerated() where node.domain.isEmpty {
            switch node.op {
            case "MatMul": if let dense = matMul(node, graph) { joined.nodes[index] = dense }
            case "Gemm": if let dense = gemm(node, graph) { joined.nodes[index] = dense }
            default: break
            }
        }
        return joined
    }

    private static func matMul(_ node: Graph.Node, _ graph: Graph) -> Graph.Node? {
        guard let x = node.inputs[0], let weights = node.inputs[1], graph.isFloat32(x), graph.isFloat32(weights),
            graph[weights].constant != nil, graph.shape(weights).count == 2, graph.shape(x).count >= 2,
            !graph.shape(weights).contains(0)
        else { return nil }
        return dense(node, x, weights, nil, isTransposed: false)
    }

    private static func gemm(_ node: Graph.Node, _ graph: Graph) -> Graph.Node? {
        func float(_ name: String) -> Float {
            if case .float(let value)? = node.attributes[name] { value } else { 1 }
        }
        func flag(_ name: String) -> Bool {
            if case .int(let value)? = node.attributes[name] { value != 0 } else { false }
        }
        guard let x = node.inputs[0], let weights = node.inputs[1], graph.isFloat32(x), graph.isFloat32(weights),
            graph[weights].constant != nil, !graph.shape(weights).contains(0), !flag("transA"), float("alpha") == 1,
            float("beta") == 1
        else { return nil }
        let isTransposed = flag("transB")
        let columns = graph.shape(weights)[isTransposed ? 0 : 1]
        let bias = node.inputs.count > 2 ? node.inputs[2] : nil
        if let bias {
            guard let constant = graph[bias].constant, constant.count == columns, constant.shape.last == columns else {
                return nil
            }
        }
        return dense(node, x, weights, bias, isTransposed: isTransposed)
    }

    private static func dense(
        _ node: Graph.Node, _ x: Graph.ValueID, _ weights: Graph.ValueID, _ bias: Graph.ValueID?, isTransposed: Bool
    ) -> Graph.Node {
        Graph.Node(
            op: "Dense", domain: Graph.ownDomain, version: 1, name: node.name, inputs: [x, weights, bias],
            outputs: node.outputs, attributes: ["transposed": .int(isTransposed ? 1 : 0)])
    }
}
