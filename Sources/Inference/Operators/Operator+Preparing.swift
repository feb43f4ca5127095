extension Operator {
    /// A node's outputs and code, with narrow inputs widened where the definition wants it.
    func prepared(_ context: NodeContext) throws(InferenceError) -> Prepared {
        guard narrow == .widened else { return try prepare(context) }
        var narrowOf: [DataType: DataType] = [:]
        var operands = context.operands
        for (index, operand) in operands.enumerated() {
            guard let operand, let wide = Widening.wide(of: operand.spec.type) else { continue }
            if narrowOf[wide] == nil { narrowOf[wide] = operand.spec.type }
            var constant: Tensor?
            if let tensor = operand.constant { constant = try Widening.converted(tensor, to: wide) }
            operands[index] = NodeContext.Operand(spec: try TensorSpec(wide, operand.spec.shape), constant: constant)
        }
        if narrowOf.isEmpty { return try prepare(context) }

        let inner = try prepare(NodeContext(node: context.node, operands: operands, packed: context.packed))
        var outputs: [TensorSpec] = []
        for spec in inner.outputs {
            outputs.append(try TensorSpec(narrowOf[spec.type] ?? spec.type, spec.shape))
        }
        switch inner.body {
        case .view: return Prepared.view(outputs[0])
        case .constants(let tensors):
            var narrowed: [Tensor] = []
            for (tensor, spec) in zip(tensors, outputs) {
                narrowed.append(tensor.type == spec.type ? tensor : try Widening.converted(tensor, to: spec.type))
            }
            return .constants(narrowed)
        case .compute(let bind):
            return Widening.wrapped(
                inner, outputs: outputs, originals: context.operands.map { $0?.spec },
                widened: operands.map { $0?.spec }, bind: bind)
        }
    }
}
