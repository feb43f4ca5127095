/// Joins the pieces in which exporters write `Gelu` before operator set 20: `x / 2 * (1 + erf(x / sqrt 2))`.
///
/// The order of the three factors differs between exporters: the half may stand with x, with the sum, or at the end.
struct GeluJoining {
    private let graph: Graph
    private var makers: [Graph.ValueID: Int] = [:]

    static func run(_ graph: Graph) -> Graph {
        guard graph.nodes.contains(where: { $0.op == "Erf" && $0.domain.isEmpty }) else { return graph }
        let pass = GeluJoining(graph)
        var joined = graph
        for index in graph.nodes.indices {
            guard let x = pass.argument(of: graph.nodes[index]), let output = graph.nodes[index].outputs[0] else {
                continue
            }
            joined.nodes[index] = Graph.Node(
                op: "Gelu", version: 20, name: graph.nodes[index].name, inputs: [x], outputs: [output])
        }
        joined.removeDeadNodes()
        return joined
    }

    private init(_ graph: Graph) {
        self.graph = graph
        for (index, node) in graph.nodes.enumerated() {
            for output in node.outputs { if let output { makers[output] = index } }
        }
    }

    private func maker(_ id: Graph.ValueID?, _ op: String) -> Graph.Node? {
        guard let id, let index = makers[id] else { return nil }
        let node = graph.nodes[index]
        return node.op == op && node.domain.isEmpty ? node : nil
    }

    /// The other operand of a node one of whose two is a constant of about this value.
    private func operand(_ node: Graph.Node?, beside value: Float) -> Graph.ValueID? {
        guard let node, node.inputs.count == 2 else { return nil }
        for side in 0..<2 {
            if let scalar = graph.scalar(node.inputs[side]), abs(scalar - value) <= 1e-6 * value {
                return node.inputs[1 - side]
            }
        }
        return nil
    }

    /// x, when the node is the last multiplication of its Gelu.
    private func argument(of node: Graph.Node) -> Graph.ValueID? {
        guard node.op == "Mul", node.domain.isEmpty, node.inputs.count == 2, let output = node.outputs[0],
            graph.isFloat32(output)
        else { return nil }
        if let product = operand(node, beside: 0.5) {
            // (x (1 + erf)) / 2
            guard let inner = maker(product, "Mul"), inner.inputs.count == 2 else { return nil }
            return match(inner.inputs[0], inner.inputs[1]) ?? match(inner.inputs[1], inner.inputs[0])
        }
        for side in 0..<2 {
            let (one, other) = (node.inputs[side], node.inputs[1 - side])
            // (x / 2) (1 + erf)
            if let x = operand(maker(one, "Mul"), beside: 0.5), match(x, other) != nil { return x }
            // x ((1 + erf) / 2)
            if let sum = operand(maker(one, "Mul"), beside: 0.5), let x = match(other, sum) { return x }
        }
        return nil
    }

    /// x, when `sum` is `1 + erf(x / sqrt 2)`.
    private func match(_ x: Graph.ValueID?, _ sum: Graph.ValueID?) -> Graph.ValueID? {
        guard let x, let erf = maker(operand(maker(sum, "Add"), beside: 1), "Erf"), let inner = erf.inputs[0] else {
            return nil
        }
        if operand(maker(inner, "Mul"), beside: 0.70710678) == x { return x }
        guard let quotient = maker(inner, "Div"), quotient.inputs[0] == x,
            let divisor = graph.scalar(quotient.inputs[1]), abs(divisor - 1.41421356) <= 1.5e-6
        else { return nil }
        return x
    }
}
