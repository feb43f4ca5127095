extension TFLiteImporter {
    mutating func addReshape(_ node: TFLiteNode) throws(InferenceError) {
        let shape = node.has(1) ? try integers(node, 1) : try node.entry.options?.ints(0) ?? []
        try set(
            node,
            graph.add("Reshape", [try input(node, 0), graph.addConstant(integers: shape)], ["allowzero": .int(1)]))
    }

    mutating func addSqueeze(_ node: TFLiteNode) throws(InferenceError) {
        let axes = try node.entry.options?.ints(0) ?? []
        var inputs: [Graph.ValueID?] = [try input(node, 0)]
        if !axes.isEmpty { inputs.append(graph.addConstant(integers: axes)) }
        try set(node, graph.add("Squeeze", inputs))
    }

    mutating func addTranspose(_ node: TFLiteNode) throws(InferenceError) {
        try set(node, graph.add("Transpose", [try input(node, 0)], ["perm": .ints(try integers(node, 1))]))
    }

    mutating func addConcatenation(_ node: TFLiteNode) throws(InferenceError) {
        var parts: [Graph.ValueID] = []
        for index in node.entry.inputs.indices { parts.append(try input(node, index)) }
        let joined = graph.add("Concat", parts, ["axis": .int(try node.int(0))])
        try set(node, try activated(joined, try node.byte(1)))
    }

    mutating func addPack(_ node: TFLiteNode) throws(InferenceError) {
        // The axis counts in the output, which has one more than the inputs.
        let axis = try Shapes.axis(try node.int(1), rank: try node.rank(0) + 1)
        var parts: [Graph.ValueID] = []
        for index in node.entry.inputs.indices {
            parts.append(graph.add("Unsqueeze", [try input(node, index), graph.addConstant(integers: [axis])]))
        }
        try set(node, graph.add("Concat", parts, ["axis": .int(axis)]))
    }

    /// The one integer of an input that is a constant.
    private func integer(_ node: TFLiteNode, _ index: Int) throws(InferenceError) -> Int {
        let values = try integers(node, index)
        guard values.count == 1 else {
            throw InferenceError(.invalidNode, "input \(index) is \(values), not one number")
        }
        return values[0]
    }

    mutating func addSplit(_ node: TFLiteNode) throws(InferenceError) {
        let count = node.entry.outputs.count
        let parts = graph.add(
            "Split", [try input(node, 1)], outputs: count,
            ["axis": .int(try integer(node, 0)), "num_outputs": .int(count)])
        for (index, part) in parts.enumerated() { try set(node, part, at: index) }
    }

    mutating func addSplitV(_ node: TFLiteNode) throws(InferenceError) {
        let sizes = graph.addConstant(integers: try integers(node, 1))
        let parts = graph.add(
            "Split", [try input(node, 0), sizes], outputs: node.entry.outputs.count,
            ["axis": .int(try integer(node, 2))])
        for (index, part) in parts.enumerated() { try set(node, part, at: index) }
    }

    /// Ends beyond any axis: slices are clamped to the axis by definition.
    private static let far = Int(Int32.max)

    private mutating func slice(
        _ value: Graph.ValueID, from starts: [Int], to ends: [Int], axes: [Int], steps: [Int]
    ) -> Graph.ValueID {
        let vectors = [starts, ends, axes, steps].map { graph.addConstant(integers: $0) }
        return graph.add("Slice", [value] + vectors)
    }

    mutating func addSlice(_ node: TFLiteNode) throws(InferenceError) {
        let (starts, sizes) = (try integers(node, 1), try integers(node, 2))
        let rank = try node.rank(0)
        guard starts.count == rank, sizes.count == rank else {
            throw InferenceError(.invalidNode, "\(starts) and \(sizes) for \(rank) axes")
        }
        // A size of -1 reaches to the end.
        let ends = zip(starts, sizes).map { $1 < 0 ? TFLiteImporter.far : $0 &+ $1 }
        try set(
            node,
            slice(
                try input(node, 0), from: starts, to: ends, axes: Array(0..<rank),
                steps: [Int](repeating: 1, count: rank)))
    }

    mutating func addStridedSlice(_ node: TFLiteNode) throws(InferenceError) {
        let (begins, limits, steps) = (try integers(node, 1), try integers(node, 2), try integers(node, 3))
        let (beginMask, endMask, shrinkMask) = (try node.int(0), try node.int(1), try node.int(4))
        guard try node.int(2) == 0, try node.int(3) == 0, try !node.bool(5) else {
            throw InferenceError(.unsupportedOperator, "its ellipsis, new-axis and offset forms are not supported")
        }
        let rank = try node.rank(0)
        guard begins.count == limits.count, begins.count == steps.count, begins.count <= rank else {
            throw InferenceError(.invalidNode, "\(begins), \(limits) and \(steps) for \(rank) axes")
        }
        var starts: [Int] = []
        var ends: [Int] = []
        var strides: [Int] = []
        var shrunk: [Int] = []
        for axis in begins.indices {
            let step = steps[axis]
            let bit = 1 << axis
            if shrinkMask & bit != 0 {
                shrunk.append(axis)
                starts.append(begins[axis])
                ends.append(begins[axis] == -1 ? TFLiteImporter.far : begins[axis] &+ 1)
                strides.append(1)
                continue
            }
            starts.append(beginMask & bit == 0 ? begins[axis] : step > 0 ? 0 : TFLiteImporter.far)
            ends.append(endMask & bit == 0 ? limits[axis] : step > 0 ? TFLiteImporter.far : -TFLiteImporter.far)
            strides.append(step)
        }
        var value = slice(try input(node, 0), from: starts, to: ends, axes: Array(begins.indices), steps: strides)
        if !shrunk.isEmpty { value = graph.add("Squeeze", [value, graph.addConstant(integers: shrunk)]) }
        try set(node, value)
    }

    /// TFLite's pairs for each axis, as ONNX's list of all befores and all afters.
    private func pads(_ node: TFLiteNode) throws(InferenceError) -> [Int] {
        let pairs = try integers(node, 1)
        let rank = try node.rank(0)
        guard pairs.count == 2 * rank, pairs.allSatisfy({ $0 >= 0 }) else {
            throw InferenceError(.invalidNode, "paddings \(pairs) for \(rank) axes")
        }
        let (before, after) = ((0..<rank).map { pairs[2 * $0] }, (0..<rank).map { pairs[2 * $0 + 1] })
        return before + after
    }

    mutating func addPad(_ node: TFLiteNode, value: Graph.ValueID?) throws(InferenceError) {
        var inputs: [Graph.ValueID?] = [try input(node, 0), graph.addConstant(integers: try pads(node))]
        if let value { inputs.append(value) }
        try set(node, graph.add("Pad", inputs, ["mode": .string("constant")]))
    }

    mutating func addMirrorPad(_ node: TFLiteNode) throws(InferenceError) {
        guard try node.byte(0) == 0 else {
            throw InferenceError(.unsupportedOperator, "its SYMMETRIC form is not supported")
        }
        let pads = graph.addConstant(integers: try pads(node))
        try set(node, graph.add("Pad", [try input(node, 0), pads], ["mode": .string("reflect")]))
    }

    mutating func addGather(_ node: TFLiteNode) throws(InferenceError) {
        guard try node.int(1) == 0 else {
            throw InferenceError(.unsupportedOperator, "its form with batch axes is not supported")
        }
        let axis = try node.axis(try node.int(0), of: 0)
        try set(node, graph.add("Gather", [try input(node, 0), try input(node, 1)], ["axis": .int(axis)]))
    }
}
