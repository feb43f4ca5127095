extension TFLiteImporter {
    /// The two ways that TFLite places a window.
    private enum Padding: Int {
        case same = 0
        case valid = 1
    }

    private func padding(_ node: TFLiteNode) throws(InferenceError) -> Padding {
        let code = try node.byte(0)
        guard let padding = Padding(rawValue: code) else {
            throw InferenceError(.unsupportedOperator, "the padding \(code) is not supported")
        }
        return padding
    }

    /// A number of the options that has to be positive.
    private func positive(_ node: TFLiteNode, _ field: Int, _ standard: Int, _ what: String) throws(InferenceError)
        -> Int
    {
        let value = try node.int(field, standard)
        guard value > 0, value <= 1 << 20 else { throw InferenceError(.invalidNode, "a \(what) of \(value)") }
        return value
    }

    /// What is added before and after an axis: for SAME, as much as makes the output `ceil(size / stride)`, the odd one after.
    private func pads(
        _ padding: Padding, size: Int, kernel: Int, stride: Int, dilation: Int
    ) throws(InferenceError) -> (Int, Int) {
        guard padding == .same else { return (0, 0) }
        guard size > 0 else { throw InferenceError(.unsupportedModel, "SAME padding of an open height or width") }
        guard kernel > 0, kernel <= 1 << 20 else { throw InferenceError(.invalidNode, "a kernel of \(kernel)") }
        let output = (size + stride - 1) / stride
        let total = max(0, (output - 1) * stride + (kernel - 1) * dilation + 1 - size)
        return (total / 2, total - total / 2)
    }

    /// The attributes of a window on input 0: kernel, strides, dilations, pads.
    private func window(
        _ node: TFLiteNode, kernel: (Int, Int), stride: (Int, Int), dilation: (Int, Int)
    ) throws(InferenceError) -> [String: Attribute] {
        let shape = try node.shape(0, rank: 4)
        let padding = try padding(node)
        let (top, bottom) = try pads(
            padding, size: shape[1], kernel: kernel.0, stride: stride.0, dilation: dilation.0)
        let (left, right) = try pads(
            padding, size: shape[2], kernel: kernel.1, stride: stride.1, dilation: dilation.1)
        return [
            "kernel_shape": .ints([kernel.0, kernel.1]), "strides": .ints([stride.0, stride.1]),
            "dilations": .ints([dilation.0, dilation.1]), "pads": .ints([top, left, bottom, right]),
        ]
    }

    mutating func addConvolution(_ node: TFLiteNode) throws(InferenceError) {
        let kernel = try node.shape(1, rank: 4)
        let channels = try node.shape(0, rank: 4)[3]
        var attributes = try window(
            node, kernel: (kernel[1], kernel[2]),
            stride: (try positive(node, 2, 0, "stride"), try positive(node, 1, 0, "stride")),
            dilation: (try positive(node, 5, 1, "dilation"), try positive(node, 4, 1, "dilation")))
        // Fewer channels in the filter than in the input mean groups.
        guard kernel[3] > 0, channels > 0, channels % kernel[3] == 0 else {
            throw InferenceError(.invalidNode, "filters \(kernel) for an input of \(channels) channels")
        }
        attributes["group"] = .int(channels / kernel[3])
        let weights = try transposed(node, 1, [0, 3, 1, 2])
        try addWindow(node, "Conv", [weights, try optionalInput(node, 2)], attributes, activation: try node.byte(3))
    }

    mutating func addDepthwise(_ node: TFLiteNode) throws(InferenceError) {
        let kernel = try node.shape(1, rank: 4)
        let channels = try node.shape(0, rank: 4)[3]
        var attributes = try window(
            node, kernel: (kernel[1], kernel[2]),
            stride: (try positive(node, 2, 0, "stride"), try positive(node, 1, 0, "stride")),
            dilation: (try positive(node, 6, 1, "dilation"), try positive(node, 5, 1, "dilation")))
        guard kernel[0] == 1, channels > 0, kernel[3] % channels == 0 else {
            throw InferenceError(.invalidNode, "depthwise filters \(kernel) for an input of \(channels) channels")
        }
        attributes["group"] = .int(channels)
        let weights = try transposed(node, 1, [3, 0, 1, 2])
        try addWindow(node, "Conv", [weights, try optionalInput(node, 2)], attributes, activation: try node.byte(4))
    }

    mutating func addPooling(_ node: TFLiteNode, _ op: String) throws(InferenceError) {
        var attributes = try window(
            node,
            kernel: (try positive(node, 4, 0, "window"), try positive(node, 3, 0, "window")),
            stride: (try positive(node, 2, 0, "stride"), try positive(node, 1, 0, "stride")), dilation: (1, 1))
        if op == "AveragePool" {
            attributes["count_include_pad"] = .int(0)
            attributes["dilations"] = nil
        }
        try addWindow(node, op, [], attributes, activation: try node.byte(5))
    }

    private mutating func addWindow(
        _ node: TFLiteNode, _ op: String, _ others: [Graph.ValueID?], _ attributes: [String: Attribute], activation: Int
    ) throws(InferenceError) {
        let image = channelsFirst(try input(node, 0))
        let sums = graph.add(op, [image] + others, attributes)
        try set(node, try activated(channelsLast(sums), activation))
    }

    /// `TRANSPOSE_CONV`: the output's shape is given, and SAME padding follows from it.
    mutating func addTransposedConvolution(_ node: TFLiteNode) throws(InferenceError) {
        let output = try integers(node, 0)
        let kernel = try node.shape(1, rank: 4)
        let shape = try node.shape(2, rank: 4)
        guard output.count == 4 else { throw InferenceError(.invalidNode, "an output of shape \(output)") }
        let stride = [try positive(node, 2, 0, "stride"), try positive(node, 1, 0, "stride")]
        let padding = try padding(node)
        var before = [0, 0]
        var after = [0, 0]
        var extra = [0, 0]
        for axis in 0..<2 {
            guard shape[axis + 1] > 0, output[axis + 1] > 0, output[axis + 1] <= 1 << 20 else {
                throw InferenceError(.invalidNode, "an output of shape \(output) from \(shape)")
            }
            let whole = (shape[axis + 1] - 1) * stride[axis] + kernel[axis + 1]
            let surplus = whole - output[axis + 1]
            before[axis] = padding == .same ? max(0, surplus) / 2 : 0
            after[axis] = max(0, surplus) - before[axis]
            extra[axis] = max(0, -surplus)
        }
        let image = channelsFirst(try input(node, 2))
        let weights = try transposed(node, 1, [3, 0, 1, 2])
        let sums = graph.add(
            "ConvTranspose", [image, weights, try optionalInput(node, 3)],
            [
                "strides": .ints(stride), "pads": .ints(before + after), "output_padding": .ints(extra),
                "kernel_shape": .ints([kernel[1], kernel[2]]),
            ])
        try set(node, try activated(channelsLast(sums), try node.byte(3)))
    }

    mutating func addBilinear(_ node: TFLiteNode) throws(InferenceError) {
        let mode = try node.bool(2) ? "align_corners" : try node.bool(3) ? "half_pixel" : "asymmetric"
        try addResize(node, ["mode": .string("linear"), "coordinate_transformation_mode": .string(mode)])
    }

    /// TFLite rounds down, of positions taken half a pixel in where it takes pixel centres; with aligned corners it rounds to the
    /// nearest, halves upward.
    mutating func addNearest(_ node: TFLiteNode) throws(InferenceError) {
        let (aligned, centres) = (try node.bool(0), try node.bool(1))
        let mode = aligned ? "align_corners" : centres ? "half_pixel" : "asymmetric"
        try addResize(
            node,
            [
                "mode": .string("nearest"), "coordinate_transformation_mode": .string(mode),
                "nearest_mode": .string(aligned || centres ? "round_prefer_ceil" : "floor"),
            ])
    }

    private mutating func addResize(
        _ node: TFLiteNode, _ attributes: [String: Attribute]
    ) throws(InferenceError) {
        _ = try node.shape(0, rank: 4)
        let size = try integers(node, 1)
        guard size.count == 2, size.allSatisfy({ $0 > 0 }) else {
            throw InferenceError(.invalidNode, "a size of \(size)")
        }
        var attributes = attributes
        attributes["axes"] = .ints([2, 3])
        let image = channelsFirst(try input(node, 0))
        let resized = graph.add("Resize", [image, nil, nil, graph.addConstant(integers: size)], attributes)
        try set(node, channelsLast(resized))
    }

    mutating func addBlocks(_ node: TFLiteNode, _ op: String) throws(InferenceError) {
        _ = try node.shape(0, rank: 4)
        let block = try positive(node, 0, 0, "block")
        let image = channelsFirst(try input(node, 0))
        var attributes: [String: Attribute] = ["blocksize": .int(block)]
        if op == "DepthToSpace" { attributes["mode"] = .string("DCR") }
        try set(node, channelsLast(graph.add(op, [image], attributes)))
    }
}
