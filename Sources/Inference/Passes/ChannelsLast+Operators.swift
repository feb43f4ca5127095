extension ChannelsLast {
    /// Operators of one input that treat every element alike; further inputs are constants of one element.
    private static let maps: Set<String> = [
        "Relu", "LeakyRelu", "Clip", "Sigmoid", "Tanh", "HardSwish", "HardSigmoid", "Elu", "Gelu", "Exp", "Log", "Sqrt",
        "Reciprocal", "Neg", "Abs", "Erf", "Identity", "Softplus", "Floor", "Ceil", "Round", "Celu", "Selu", "Mish",
    ]

    /// Operators of elements that meet by broadcasting.
    private static let meetings: Set<String> = [
        "Add", "Sub", "Mul", "Div", "Max", "Min", "Pow", "PRelu", "Sum", "Mean",
    ]

    /// Emits the channels-last form of a node, if it has one.
    mutating func rewrite(_ node: Graph.Node) throws(InferenceError) -> Bool {
        guard let output = node.outputs.first ?? nil, node.outputs.dropFirst().allSatisfy({ $0 == nil }) else {
            return node.op == "Split" ? try rewriteSplit(node) : false
        }
        switch node.op {
        case "Conv": return try rewriteConvolution(node, output)
        case "MaxPool", "AveragePool": return try rewritePooling(node, output)
        case "GlobalAveragePool", "GlobalMaxPool": return try rewriteGlobalPooling(node, output)
        case "Resize": return try rewriteResize(node, output)
        case "DepthToSpace": return try rewriteDepthToSpace(node, output)
        case "Concat": return try rewriteConcat(node, output)
        case "Split": return try rewriteSplit(node)
        case "Pad": return try rewritePad(node, output)
        case "ReduceMean", "ReduceSum", "ReduceMax", "ReduceMin": return try rewriteReduction(node, output)
        case let op where ChannelsLast.maps.contains(op): return try rewriteMap(node, output)
        case let op where ChannelsLast.meetings.contains(op): return try rewriteMeeting(node, output)
        default: return false
        }
    }

    /// Emits the same operator on twins.
    private mutating func emitTwin(
        _ node: Graph.Node, _ inputs: [Graph.ValueID?], _ output: Graph.ValueID,
        _ attributes: [String: Attribute]? = nil
    ) throws(InferenceError) {
        let last = try newTwin(of: output)
        var copy = node
        copy.inputs = inputs
        copy.outputs = [last]
        if let attributes { copy.attributes = attributes }
        append(copy)
        bind(output, to: last)
    }

    private mutating func rewriteMap(_ node: Graph.Node, _ output: Graph.ValueID) throws(InferenceError) -> Bool {
        guard let input = node.inputs[0], let twin = twin(input) else { return false }
        try emitTwin(node, [twin] + node.inputs.dropFirst(), output)
        return true
    }

    private mutating func rewriteMeeting(_ node: Graph.Node, _ output: Graph.ValueID) throws(InferenceError) -> Bool {
        let shape = graph.shape(output)
        guard shape.count == 4 || shape.count == 3, node.inputs.contains(where: { $0.flatMap(twin) != nil }) else {
            return false
        }
        var inputs: [Graph.ValueID?] = []
        for input in node.inputs {
            guard let input else { return false }
            let own = graph.shape(input)
            if let twin = twin(input), own.count == shape.count {
                inputs.append(twin)
            } else if own.allSatisfy({ $0 == 1 }), own.count <= shape.count {
                inputs.append(input)
            } else if let constant = graph[input].constant {
                guard own.count <= shape.count else { return false }
                let aligned = [Int](repeating: 1, count: shape.count - own.count) + own
                let perm = ChannelsLast.toLast(shape.count)
                guard let moved = try constant.reshaped(aligned).transposed(perm) else { return false }
                inputs.append(graph.addSettled("\(graph[input].name)_last", constant: moved))
            } else if own.count == shape.count {
                inputs.append(try makeTwin(input))
            } else {
                return false
            }
        }
        try emitTwin(node, inputs, output)
        return true
    }

    private func int(_ node: Graph.Node, _ name: String) -> Int? {
        guard case .int(let value)? = node.attributes[name] else { return nil }
        return value
    }

    private mutating func rewriteConcat(_ node: Graph.Node, _ output: Graph.ValueID) throws(InferenceError) -> Bool {
        let rank = graph.shape(output).count
        guard rank == 4 || rank == 3, let given = int(node, "axis"), given >= -rank, given < rank,
            node.inputs.contains(where: { $0.flatMap(twin) != nil })
        else { return false }
        var inputs: [Graph.ValueID?] = []
        for input in node.inputs {
            guard let input else { return false }
            inputs.append(try makeTwin(input))
        }
        let axis = ChannelsLast.lastAxis(given < 0 ? given + rank : given, rank: rank)
        try emitTwin(node, inputs, output, ["axis": .int(axis)])
        return true
    }

    private mutating func rewriteSplit(_ node: Graph.Node) throws(InferenceError) -> Bool {
        guard let input = node.inputs[0], let twin = twin(input) else { return false }
        let rank = graph.shape(input).count
        let given = int(node, "axis") ?? 0
        guard given >= -rank, given < rank else { return false }
        var copy = node
        copy.attributes["axis"] = .int(ChannelsLast.lastAxis(given < 0 ? given + rank : given, rank: rank))
        copy.inputs[0] = twin
        copy.outputs = []
        for output in node.outputs {
            if let output { copy.outputs.append(try newTwin(of: output)) } else { copy.outputs.append(nil) }
        }
        append(copy)
        for (first, last) in zip(node.outputs, copy.outputs) {
            if let first, let last { bind(first, to: last) }
        }
        return true
    }

    /// `Pad` with its amounts as an input and no list of axes, the form that importers and PyTorch write.
    private mutating func rewritePad(_ node: Graph.Node, _ output: Graph.ValueID) throws(InferenceError) -> Bool {
        guard let input = node.inputs[0], let twin = twin(input), node.inputs.count >= 2, let amounts = node.inputs[1],
            let pads = graph[amounts].constant?.integers, node.inputs.count < 4 || node.inputs[3] == nil
        else { return false }
        let rank = graph.shape(input).count
        guard pads.count == 2 * rank else { return false }
        let order = ChannelsLast.toLast(rank)
        let moved = order.map { Int64(pads[$0]) } + order.map { Int64(pads[rank + $0]) }
        let constant = graph.addSettled(
            "\(graph[output].name)_pads", constant: try Tensor(moved, shape: [moved.count]))
        try emitTwin(node, [twin, constant] + node.inputs.dropFirst(2), output)
        return true
    }

    private mutating func rewriteReduction(_ node: Graph.Node, _ output: Graph.ValueID) throws(InferenceError) -> Bool {
        guard let input = node.inputs[0], let twin = twin(input) else { return false }
        let rank = graph.shape(input).count
        var axes: [Int]?
        if case .ints(let given)? = node.attributes["axes"] { axes = given }
        if node.inputs.count > 1, let id = node.inputs[1] { axes = graph[id].constant?.integers }
        guard let axes, !axes.isEmpty, axes.allSatisfy({ $0 >= -rank && $0 < rank }) else { return false }
        let moved = axes.map { ChannelsLast.lastAxis($0 < 0 ? $0 + rank : $0, rank: rank) }
        let keeps = int(node, "keepdims") ?? 1 != 0
        // Without the reduced axes the order of what is left has to be the same: batch and channels, or batch alone.
        let left = Set(0..<rank).subtracting(axes.map { $0 < 0 ? $0 + rank : $0 })
        guard keeps || left.isSubset(of: [0, 1]) else { return false }
        var copy = node
        let inputs: [Graph.ValueID?]
        if node.attributes["axes"] != nil {
            copy.attributes["axes"] = .ints(moved)
            inputs = [twin]
        } else {
            let constant = graph.addSettled(
                "\(graph[output].name)_axes", constant: try Tensor(moved.map { Int64($0) }, shape: [moved.count]))
            inputs = [twin, constant]
        }
        guard keeps else {
            copy.inputs = inputs
            append(copy)
            return true
        }
        try emitTwin(copy, inputs, output)
        return true
    }
}
