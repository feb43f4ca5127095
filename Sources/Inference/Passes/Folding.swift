/// Computes, before running, what depends on constants only.
enum Folding {
    /// The largest output that is folded: beyond it, a small file could make loading take the machine's memory.
    static let maximumBytes = 1 << 26

    /// The same, for outputs that a definition makes at once.
    ///
    /// - Throws: `tooLarge` when it is beyond the limit.
    static func small(_ spec: TensorSpec) throws(InferenceError) -> TensorSpec {
        guard spec.byteCount <= maximumBytes else {
            throw InferenceError(.tooLarge, "a constant \(spec); the limit of one made while loading is 64 MiB")
        }
        return spec
    }

    /// The node's outputs, or nil when they are not known before running.
    ///
    /// - Parameter within: bytes that they may take.
    /// - Throws: `tooLarge` when they would take more.
    static func constants(
        of node: Graph.Node, _ prepared: Prepared, in graph: Graph, within bytesLeft: Int
    ) throws(InferenceError) -> [Tensor]? {
        let inputs = node.inputs.map { id in id.flatMap { graph[$0].constant } }
        for (id, tensor) in zip(node.inputs, inputs) where id != nil && tensor == nil {
            if case .constants(let tensors) = prepared.body { return tensors }
            return nil
        }
        switch prepared.body {
        case .constants(let tensors): return tensors
        case .view:
            guard let first = inputs[0] else { return nil }
            return [try first.reshaped(prepared.outputs[0].shape)]
        case .compute(let bind):
            guard prepared.outputs.allSatisfy({ $0.byteCount <= maximumBytes }), prepared.scratch <= maximumBytes,
                prepared.tables <= maximumBytes
            else {
                return nil
            }
            let own = prepared.scratch + prepared.tables
            guard prepared.outputs.reduce(own, { $0 + $1.byteCount }) <= bytesLeft else {
                throw InferenceError(.tooLarge, "the constants computed while loading pass the session's limit")
            }
            let outputs = prepared.outputs.map { TensorStorage(byteCount: $0.byteCount) }
            let scratch = TensorStorage(byteCount: prepared.scratch)
            let step = try bind(
                Binding(
                    inputs: inputs.map { $0.map { UnsafeRawPointer($0.storage.bytes.baseAddress!) } },
                    outputs: outputs.map { $0.bytes.baseAddress! }, scratch: scratch.bytes.baseAddress!))
            try step()
            // The inputs' and outputs' bytes are reached through pointers only.
            return withExtendedLifetime((inputs, outputs, scratch)) {
                zip(prepared.outputs, outputs).map { Tensor(spec: $0, storage: $1) }
            }
        }
    }
}
