extension ChannelsLast {
    /// What a definition sees of a node, for its geometry.
    private func context(_ node: Graph.Node) -> NodeContext { graph.context(of: node, packed: PackedConstants()) }

    /// Emits an operator of the engine's own domain on the twin of the node's input.
    private mutating func emitOwn(
        _ op: String, _ node: Graph.Node, _ others: [Graph.ValueID?], _ output: Graph.ValueID,
        _ attributes: [String: Attribute]
    ) throws(InferenceError) {
        let twin = try makeTwin(node.inputs[0]!)
        let last = try newTwin(of: output)
        emit(op, [twin] + others, [last], attributes, domain: Graph.ownDomain, name: node.name)
        bind(output, to: last)
    }

    private static func attributes(_ window: Window) -> [String: Attribute] {
        [
            "kernel": .ints(window.kernel), "strides": .ints(window.strides), "dilations": .ints(window.dilations),
            "pads": .ints(window.padsBefore + window.padsAfter), "output": .ints(window.output),
        ]
    }

    mutating func rewriteConvolution(_ node: Graph.Node, _ output: Graph.ValueID) throws(InferenceError) -> Bool {
        guard let input = node.inputs[0], let weights = node.inputs[1], graph.shape(input).count == 4,
            graph.isFloat32(input), graph.isFloat32(weights), graph[weights].constant != nil,
            graph[output].settled!.count > 0, graph[weights].settled!.count > 0
        else { return false }
        let bias = node.inputs.count > 2 ? node.inputs[2] : nil
        if let bias, graph[bias].constant == nil { return false }
        let context = context(node)
        let kernel = graph.shape(weights)
        let window = try Window(
            context, input: Array(graph.shape(input)[2...]), kernel: Array(kernel[2...]))
        var attributes = ChannelsLast.attributes(window)
        guard window.fitsKernels else { return false }
        attributes["group"] = .int(try context.int("group", default: 1))
        try emitOwn("Conv", node, [weights, bias], output, attributes)
        return true
    }

    mutating func rewritePooling(_ node: Graph.Node, _ output: Graph.ValueID) throws(InferenceError) -> Bool {
        guard let input = node.inputs[0], graph.shape(input).count == 4, graph.isFloat32(input),
            graph[output].settled!.count > 0
        else { return false }
        let context = context(node)
        guard let kernel = try context.ints("kernel_shape"), try !context.flag("ceil_mode") else { return false }
        let window = try Window(context, input: Array(graph.shape(input)[2...]), kernel: kernel)
        guard window.fitsKernels else { return false }
        var attributes = ChannelsLast.attributes(window)
        attributes["counts_padding"] = .int(try context.int("count_include_pad", default: 0))
        try emitOwn(node.op, node, [], output, attributes)
        return true
    }

    mutating func rewriteGlobalPooling(_ node: Graph.Node, _ output: Graph.ValueID) throws(InferenceError) -> Bool {
        guard let input = node.inputs[0], graph.shape(input).count == 4, graph.isFloat32(input), twin(input) != nil,
            graph[output].settled!.count > 0
        else { return false }
        let size = Array(graph.shape(input)[2...])
        let attributes: [String: Attribute] = [
            "kernel": .ints(size), "strides": .ints([1, 1]), "dilations": .ints([1, 1]), "pads": .ints([0, 0, 0, 0]),
            "output": .ints([1, 1]), "counts_padding": .int(0),
        ]
        try emitOwn(node.op == "GlobalMaxPool" ? "MaxPool" : "AveragePool", node, [], output, attributes)
        return true
    }

    /// Resizes of height and width by the kernels' kinds: nearest, and linear without antialiasing.
    mutating func rewriteResize(_ node: Graph.Node, _ output: Graph.ValueID) throws(InferenceError) -> Bool {
        guard let input = node.inputs[0], graph.isFloat32(input), node.version >= 11 else { return false }
        let (from, to) = (graph.shape(input), graph.shape(output))
        guard from.count == 4, from[0] == to[0], from[1] == to[1], !to.contains(0) else { return false }
        let context = context(node)
        let mode = try context.string("mode", default: "nearest")
        guard mode == "nearest" || mode == "linear", try !context.flag("antialias"),
            try context.string("keep_aspect_ratio_policy", default: "stretch") == "stretch"
        else { return false }
        let coordinates = try context.string("coordinate_transformation_mode", default: "half_pixel")
        var factors: [Double]?
        if node.inputs.count > 2, let scales = node.inputs[2], let values = graph[scales].constant?.doubles,
            !values.isEmpty
        {
            let axes = try context.ints("axes").map { $0.map { $0 < 0 ? $0 + 4 : $0 } } ?? [0, 1, 2, 3]
            guard values.count == axes.count else { return false }
            factors = [2, 3].map { axis in axes.firstIndex(of: axis).map { values[$0] } ?? 1 }
        }
        var geometry: [Double] = []
        for axis in [2, 3] {
            let (size, length) = (Double(from[axis]), Double(to[axis]))
            let factor = factors?[axis - 2] ?? length / size
            switch coordinates {
            case "asymmetric": geometry += [1 / factor, 0]
            case "half_pixel": geometry += [1 / factor, 0.5 / factor - 0.5]
            case "pytorch_half_pixel": geometry += length > 1 ? [1 / factor, 0.5 / factor - 0.5] : [0, 0]
            case "align_corners":
                // The size that the factor asks for, which need not be whole.
                let resized = factor * size
                geometry += resized > 1 ? [(size - 1) / (resized - 1), 0] : [0, 0]
            default: return false
            }
        }
        let nearest = try context.string("nearest_mode", default: "round_prefer_floor")
        try emitOwn(
            "Resize", node, [], output,
            [
                "mode": .string(mode), "nearest": .string(nearest),
                "geometry": .tensor(try Tensor(geometry, shape: [4])), "output": .ints(Array(to[2...])),
            ])
        return true
    }

    /// The form that keeps blocks of channels together; the other is left to the channels-first definition.
    mutating func rewriteDepthToSpace(_ node: Graph.Node, _ output: Graph.ValueID) throws(InferenceError) -> Bool {
        guard let input = node.inputs[0], graph.isFloat32(input), twin(input) != nil, graph[output].settled!.count > 0
        else {
            return false
        }
        let context = context(node)
        guard try context.string("mode", default: "DCR") == "DCR", let block = try context.int("blocksize") else {
            return false
        }
        try emitOwn("DepthToSpace", node, [], output, ["block": .int(block)])
        return true
    }
}
