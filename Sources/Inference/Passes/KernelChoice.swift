internal import CKernels

/// Hands what is left in float32 to the kernels: functions of one element, of two that meet in rows, and transposes of matrices.
///
/// The definitions of these operators are plain loops for every type and every way of broadcasting. Here they are the reference;
/// what the kernels know is rewritten to operators of the engine's own domain.
enum KernelChoice {
    private static let unary: [String: nf_unary_op] = [
        "Exp": NF_EXP, "Log": NF_LOG, "Erf": NF_ERF, "Sqrt": NF_SQRT, "Reciprocal": NF_RECIPROCAL, "Neg": NF_NEG,
        "Abs": NF_ABS,
    ]

    private static let binary: [String: nf_binary_op] = [
        "Add": NF_ADD, "Sub": NF_SUB, "Mul": NF_MUL, "Div": NF_DIV, "Max": NF_MAX, "Min": NF_MIN,
    ]

    static func run(_ graph: Graph) -> Graph {
        var chosen = graph
        for (index, node) in graph.nodes.enumerated() where node.domain.isEmpty {
            guard let output = node.outputs.first ?? nil, graph.isFloat32(output), graph[output].settled!.count > 0,
                node.inputs.allSatisfy({ $0.map(graph.isFloat32) ?? true })
            else { continue }
            if let op = unary[node.op], node.inputs.count == 1 {
                chosen.nodes[index] = own("Unary", node, node.inputs, ["function": .int(Int(op.rawValue))])
            } else if let op = binary[node.op], node.inputs.count == 2, node.version >= 7,
                let rows = Rows(graph.shape(node.inputs[0]!), graph.shape(node.inputs[1]!))
            {
                var attributes = rows.attributes
                attributes["function"] = .int(Int(op.rawValue))
                chosen.nodes[index] = own("Binary", node, node.inputs, attributes)
            } else if let (activation, slope) = Fusion.activation(node, in: graph) {
                chosen.nodes[index] = own("Activate", node, [node.inputs[0], slope], activation.attributes)
            } else if node.op == "Transpose", let matrix = matrices(node, graph) {
                chosen.nodes[index] = own(
                    "Transpose", node, node.inputs, ["matrix": .ints(matrix), "perm": node.attributes["perm"]!])
            }
        }
        return chosen
    }

    private static func own(
        _ op: String, _ node: Graph.Node, _ inputs: [Graph.ValueID?], _ attributes: [String: Attribute]
    ) -> Graph.Node {
        Graph.Node(
            op: op, domain: Graph.ownDomain, version: 1, name: node.name, inputs: inputs, outputs: node.outputs,
            attributes: attributes)
    }

    /// Batch, rows and columns, when a transpose exchanges two neighbouring groups of axes behind a batch.
    private static func matrices(_ node: Graph.Node, _ graph: Graph) -> [Int]? {
        guard let input = node.inputs[0], case .ints(let perm)? = node.attributes["perm"] else { return nil }
        let shape = graph.shape(input)
        let fixed = zip(perm, perm.indices).prefix { $0 == $1 }.count
        let rest = perm[fixed...]
        guard let first = rest.first, first > fixed else { return nil }
        let count = perm.count
        guard Array(rest) == Array(first..<count) + Array(fixed..<first) else { return nil }
        return [
            Shapes.count(shape[..<fixed]), Shapes.count(shape[fixed..<first]), Shapes.count(shape[first...]),
        ]
    }

    /// Two shapes that meet as rows: each operand has a stride from row to row, and in a row either goes on or repeats one value.
    private struct Rows {
        let attributes: [String: Attribute]

        init?(_ a: [Int], _ b: [Int]) {
            guard let target = try? Shapes.broadcast(a, b) else { return nil }
            var merged: [(extent: Int, a: Int, b: Int)] = []
            let strides = (
                Walk.broadcastStrides(of: a, over: target), Walk.broadcastStrides(of: b, over: target)
            )
            for axis in target.indices where target[axis] != 1 {
                let next = (extent: target[axis], a: strides.0[axis], b: strides.1[axis])
                if let last = merged.last, last.a == next.a * next.extent, last.b == next.b * next.extent {
                    merged[merged.count - 1] = (last.extent * next.extent, next.a, next.b)
                } else {
                    merged.append(next)
                }
            }
            let row = merged.popLast() ?? (extent: 1, a: 1, b: 1)
            // A middle axis, as between images and their channels, is a third stride: one call for each of the outer.
            guard merged.count <= 2, row.a <= 1, row.b <= 1 else { return nil }
            let rows = merged.popLast() ?? (extent: 1, a: 0, b: 0)
            let outer = merged.popLast() ?? (extent: 1, a: 0, b: 0)
            attributes = [
                "outer": .ints([outer.extent, outer.a, outer.b]), "rows": .ints([rows.extent, rows.a, rows.b]),
                "columns": .ints([row.extent, row.a, row.b]),
            ]
        }
    }
}
