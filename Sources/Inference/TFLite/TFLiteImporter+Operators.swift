extension TFLiteImporter {
    /// Adds the nodes that an operator means.
    mutating func add(_ node: inout TFLiteNode) throws(InferenceError) {
        switch node.op {
        case .conv2D: try addConvolution(node)
        case .depthwiseConv2D: try addDepthwise(node)
        case .transposeConv: try addTransposedConvolution(node)
        case .maxPool2D: try addPooling(node, "MaxPool")
        case .averagePool2D: try addPooling(node, "AveragePool")
        case .resizeBilinear: try addBilinear(node)
        case .resizeNearestNeighbor: try addNearest(node)
        case .depthToSpace: try addBlocks(node, "DepthToSpace")
        case .spaceToDepth: try addBlocks(node, "SpaceToDepth")
        case .fullyConnected: try addFullyConnected(node)
        case .batchMatMul: try addMatMul(node)

        case .add: try addBinary(node, "Add")
        case .sub: try addBinary(node, "Sub")
        case .mul: try addBinary(node, "Mul")
        case .div: try addBinary(node, "Div")
        case .maximum: try addBinary(node, "Max", fused: false)
        case .minimum: try addBinary(node, "Min", fused: false)
        case .pow: try addBinary(node, "Pow", fused: false)
        case .squaredDifference:
            let difference = graph.add("Sub", [try input(node, 0), try input(node, 1)])
            try set(node, graph.add("Mul", [difference, difference]))

        case .relu: try addUnary(node, "Relu")
        case .relu6: try set(node, clipped(try input(node, 0), 0, 6))
        case .reluN1To1: try set(node, clipped(try input(node, 0), -1, 1))
        case .logistic: try addUnary(node, "Sigmoid")
        case .tanh: try addUnary(node, "Tanh")
        case .exp: try addUnary(node, "Exp")
        case .log: try addUnary(node, "Log")
        case .sqrt: try addUnary(node, "Sqrt")
        case .abs: try addUnary(node, "Abs")
        case .neg: try addUnary(node, "Neg")
        case .floor: try addUnary(node, "Floor")
        case .elu: try addUnary(node, "Elu", ["alpha": .float(1)])
        case .hardSwish: try addUnary(node, "HardSwish")
        case .leakyRelu: try addUnary(node, "LeakyRelu", ["alpha": .float(try node.float(0))])
        case .gelu:
            let form = try node.bool(0) ? "tanh" : "none"
            try set(node, graph.add("Gelu", [try input(node, 0)], ["approximate": .string(form)], version: 20))
        case .rsqrt:
            try set(node, graph.add("Reciprocal", [graph.add("Sqrt", [try input(node, 0)])]))
        case .square:
            let value = try input(node, 0)
            try set(node, graph.add("Mul", [value, value]))
        case .prelu: try set(node, graph.add("PRelu", [try input(node, 0), try input(node, 1)]))
        case .softmax: try addSoftmax(node)

        case .mean: try addReduction(node, "ReduceMean")
        case .sum: try addReduction(node, "ReduceSum")
        case .reduceMax: try addReduction(node, "ReduceMax")
        case .reduceMin: try addReduction(node, "ReduceMin")

        case .dequantize, .densify: try addConversion(node)
        case .reshape: try addReshape(node)
        case .squeeze: try addSqueeze(node)
        case .expandDims:
            let axes = graph.addConstant(integers: try integers(node, 1))
            try set(node, graph.add("Unsqueeze", [try input(node, 0), axes]))
        case .transpose: try addTranspose(node)
        case .concatenation: try addConcatenation(node)
        case .pack: try addPack(node)
        case .split: try addSplit(node)
        case .splitV: try addSplitV(node)
        case .slice: try addSlice(node)
        case .stridedSlice: try addStridedSlice(node)
        case .pad: try addPad(node, value: nil)
        case .padV2: try addPad(node, value: try input(node, 2))
        case .mirrorPad: try addMirrorPad(node)
        case .gather: try addGather(node)
        case .tile:
            let repeats = graph.addConstant(integers: try integers(node, 1))
            try set(node, graph.add("Tile", [try input(node, 0), repeats]))
        }
    }

    private mutating func addUnary(
        _ node: TFLiteNode, _ op: String, _ attributes: [String: Attribute] = [:]
    ) throws(InferenceError) {
        try set(node, graph.add(op, [try input(node, 0)], attributes))
    }

    private mutating func addBinary(_ node: TFLiteNode, _ op: String, fused: Bool = true) throws(InferenceError) {
        let value = graph.add(op, [try input(node, 0), try input(node, 1)])
        try set(node, try activated(value, fused ? try node.byte(0) : 0))
    }

    private mutating func addSoftmax(_ node: TFLiteNode) throws(InferenceError) {
        var value = try input(node, 0)
        let beta = try node.float(0)
        if beta != 1 { value = graph.add("Mul", [value, graph.addConstant(scalar: beta)]) }
        try set(node, graph.add("Softmax", [value], ["axis": .int(-1)]))
    }

    private mutating func addReduction(_ node: TFLiteNode, _ op: String) throws(InferenceError) {
        let axes = graph.addConstant(integers: try integers(node, 1))
        let keep = try node.bool(0)
        try set(node, graph.add(op, [try input(node, 0), axes], ["keepdims": .int(keep ? 1 : 0)]))
    }

    /// `DEQUANTIZE` and `DENSIFY` of a constant: it was converted when it was read.
    private mutating func addConversion(_ node: TFLiteNode) throws(InferenceError) {
        let value = try input(node, 0)
        let entry = file.tensors[try node.tensor(0)]
        if graph[value].constant != nil {
            try set(node, value)
        } else if entry.type == .float16 || entry.type == .float32 {
            try set(node, graph.add("Cast", [value], ["to": .int(DataType.float32.rawValue)]))
        } else {
            throw InferenceError(.unsupportedOperator, "'\(entry.name)' is quantized and not a constant")
        }
    }

    private mutating func addFullyConnected(_ node: TFLiteNode) throws(InferenceError) {
        guard try node.byte(1) == 0 else {
            throw InferenceError(.unsupportedOperator, "shuffled weights are not supported")
        }
        let value = try input(node, 0)
        let weights = try input(node, 1)
        let depth = try node.shape(1, rank: 2)[1]
        let bias = try optionalInput(node, 2)
        if try node.bool(2) {
            var sums = graph.add("MatMul", [value, graph.add("Transpose", [weights], ["perm": .ints([1, 0])])])
            if let bias { sums = graph.add("Add", [sums, bias]) }
            return try set(node, try activated(sums, try node.byte(0)))
        }
        let rows = graph.add("Reshape", [value, graph.addConstant(integers: [-1, depth])])
        let sums = graph.add("Gemm", [rows, weights, bias], ["transB": .int(1)])
        try set(node, try activated(sums, try node.byte(0)))
    }

    private mutating func addMatMul(_ node: TFLiteNode) throws(InferenceError) {
        var operands: [Graph.ValueID] = []
        for index in 0..<2 {
            var value = try input(node, index)
            if try node.bool(index) {
                let rank = try node.rank(index)
                guard rank >= 2 else { throw InferenceError(.invalidNode, "input \(index) has \(rank) axes") }
                let perm = Array(0..<rank - 2) + [rank - 1, rank - 2]
                value = graph.add("Transpose", [value], ["perm": .ints(perm)])
            }
            operands.append(value)
        }
        try set(node, graph.add("MatMul", operands))
    }
}
