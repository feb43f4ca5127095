/// Small ONNX models of up to five nodes, whose operators and attributes are the fuzzer's choices. Most numbers are those of a
/// sound model, so that what stands behind the first check is reached too.
struct Graphs {
    typealias Node = TinyONNX.Node
    typealias Constant = TinyONNX.Constant
    typealias Attributes = [(String, TinyONNX.Attribute)]

    private var choices: Choices
    private var nodes: [Node] = []
    private var constants: [Constant] = []
    /// The value that the next node takes, and the axes that it has if its node was a sound one.
    private var last = "x"
    private var shape: [Int] = []

    static func file(_ choices: Choices) -> [UInt8] {
        var graphs = Graphs(choices: choices)
        graphs.build()
        var model = TinyONNX(
            inputs: [("x", graphs.start.map { $0 })], constants: graphs.constants, nodes: graphs.nodes,
            outputs: [graphs.last])
        model.opset = graphs.opset
        return model.file
    }

    private var start: [Int] = []
    private var opset = 18

    private init(choices: Choices) { self.choices = choices }

    private mutating func build() {
        opset = choices.pick([18, 17, 13, 11, 10, 9, 7, 6, 1, 19, 21, 23])
        shape = choices.extents(choices.pick([4, 4, 4, 3, 2, 5, 1]))
        start = shape
        for _ in 0..<1 + choices.below(5) { add() }
    }

    // MARK: Parts

    private mutating func constant(_ integers: [Int]) -> String {
        let name = "c\(constants.count)"
        constants.append(Constant(name, integers: integers))
        return name
    }

    /// A constant of floats, of at most 4096.
    private mutating func weights(_ shape: [Int]) -> String {
        let name = "c\(constants.count)"
        let count = shape.reduce(1) { $0 &* $1 }
        constants.append(Constant(name, shape, choices.floats(max(0, min(count, 4096)))))
        return name
    }

    private mutating func node(
        _ op: String, _ inputs: [String] = [], _ attributes: Attributes = [], outputs count: Int = 1,
        alone: Bool = false
    ) {
        let names = (0..<count).map { "v\(nodes.count)_\($0)" }
        nodes.append(
            Node(op: op, inputs: (alone ? [] : [last]) + inputs, outputs: names, attributes: attributes))
        last = names[0]
    }

    private mutating func axis() -> Int { choices.number(from: -1, max(1, shape.count) + 1) }

    /// Strides, dilations and padding of a window.
    private mutating func window(_ rank: Int, kernel: [Int]?) -> Attributes {
        var attributes: Attributes = []
        if let kernel { attributes.append(("kernel_shape", .ints(kernel))) }
        if choices.once(in: 2) { attributes.append(("strides", .ints(choices.numbers(rank)))) }
        if choices.once(in: 2) { attributes.append(("dilations", .ints(choices.numbers(rank)))) }
        switch choices.below(4) {
        case 0: break
        case 1: attributes.append(("pads", .ints(choices.numbers(2 * rank, from: 0))))
        case 2: attributes.append(("auto_pad", .string("SAME_UPPER")))
        default: attributes.append(("auto_pad", .string(choices.pick(["SAME_LOWER", "VALID", "NOTSET"]))))
        }
        if choices.once(in: 4) { attributes.append(("ceil_mode", .int(1))) }
        if choices.once(in: 4) { attributes.append(("count_include_pad", .int(1))) }
        return attributes
    }

    // MARK: Operators

    private mutating func add() {
        let rank = shape.count
        let spatial = max(0, rank - 2)
        let channels = rank > 1 ? shape[1] : 1
        switch choices.below(40) {
        case 0:
            let groups = choices.once(in: 4) ? channels : 1
            let maps = groups * (1 + choices.below(3))
            let filter = weights([maps, channels / groups] + choices.extents(spatial))
            node(
                "Conv", [filter],
                window(spatial, kernel: nil) + [("group", .int(choices.once(in: 8) ? choices.number() : groups))])
        case 1:
            let filter = weights([channels, 1 + choices.below(3)] + choices.extents(spatial))
            var attributes = window(spatial, kernel: nil)
            if choices.once(in: 4) { attributes.append(("output_padding", .ints(choices.numbers(spatial, from: 0)))) }
            if choices.once(in: 4) { attributes.append(("output_shape", .ints(choices.numbers(spatial, from: 3, 9)))) }
            if choices.once(in: 4) { attributes.append(("group", .int(choices.number()))) }
            node("ConvTranspose", [filter], attributes)
        case 2...4:
            let op = choices.pick(["MaxPool", "AveragePool", "LpPool"])
            node(op, [], window(spatial, kernel: choices.numbers(spatial)))
        case 5: node(choices.pick(["GlobalAveragePool", "GlobalMaxPool"]))
        case 6, 7:
            let mode = choices.pick(["constant", "reflect", "edge", "wrap"])
            node("Pad", [constant(choices.numbers(2 * rank, from: 0))], [("mode", .string(mode))])
        case 8...10: addResize(rank)
        case 11: node("Upsample", [weights([rank])], [("mode", .string(choices.pick(["nearest", "linear"])))])
        case 12, 13:
            let count = 1 + choices.below(max(1, rank))
            node(
                "Slice",
                [
                    constant(choices.numbers(count, from: 0)), constant(choices.numbers(count, from: 1, 5)),
                    constant(Array(0..<count)), constant(choices.numbers(count)),
                ])
        case 14:
            let parts = 1 + choices.below(3)
            let sizes = choices.once(in: 2) ? [constant(choices.numbers(parts))] : []
            node("Split", sizes, [("axis", .int(axis()))], outputs: parts)
        case 15:
            let other = choices.once(in: 2) ? last : weights(shape)
            node("Concat", [other], [("axis", .int(axis()))])
            shape = shape.map { $0 }
        case 16:
            node(
                "Reshape", [constant(choices.numbers(1 + choices.below(5), from: -1, 6))],
                [("allowzero", .int(choices.below(2)))])
        case 17: node("Transpose", [], [("perm", .ints(Array((0..<rank).reversed())))])
        case 18: node("Gather", [constant(choices.numbers(2, from: -1, 3))], [("axis", .int(axis()))])
        case 19:
            node(
                "GatherND", [constant(choices.numbers(2, from: 0, 2))], [("batch_dims", .int(choices.number(from: 0)))])
        case 20: node("GatherElements", [constant(choices.numbers(1, from: 0))], [("axis", .int(axis()))])
        case 21: node("Tile", [constant(choices.numbers(rank))])
        case 22: node("Expand", [constant(choices.numbers(rank + choices.below(2)))])
        case 23:
            node(
                choices.pick(["DepthToSpace", "SpaceToDepth"]), [],
                [("blocksize", .int(choices.number())), ("mode", .string(choices.pick(["DCR", "CRD"])))])
        case 24: node("TopK", [constant([choices.number()])], [("axis", .int(axis()))], outputs: 2)
        case 25:
            let (depth, values) = (constant([choices.number(from: 1, 8)]), weights([2]))
            node("OneHot", [depth, values], [("axis", .int(axis()))])
        case 26: node(choices.pick(["CumSum", "Trilu"]), [constant([axis()])], [("upper", .int(choices.below(2)))])
        case 27: node("Compress", [constant(choices.numbers(3, from: 0, 2))], [("axis", .int(axis()))])
        case 28:
            let ends = (0..<3).map { _ in constant([choices.number(from: 0, 9)]) }
            node("Range", ends, alone: true)
        case 29: node("ConstantOfShape", [constant(choices.numbers(1 + choices.below(3)))], alone: true)
        case 30: node("EyeLike", [], [("k", .int(choices.number(from: -1)))])
        case 31:
            let equation = choices.pick([
                "ij,jk->ik", "...ij,...jk->...ik", "ii->i", "ij->ji", "...->...", "abcd,abcd->", "i,j",
            ])
            node("Einsum", equation.contains(",") ? [last] : [], [("equation", .string(equation))])
        case 32: node("LRN", [], [("size", .int(choices.number()))])
        case 33:
            let scale = choices.once(in: 2) ? weights([channels]) : weights([1])
            node(
                choices.pick(["GroupNormalization", "InstanceNormalization", "LayerNormalization"]), [scale, scale],
                [("num_groups", .int(choices.number())), ("axis", .int(axis()))])
        case 34:
            let op = choices.pick(["ReduceMean", "ReduceSum", "ReduceMax", "ReduceL2", "ReduceLogSumExp"])
            node(op, [constant([axis()])], [("keepdims", .int(choices.below(2)))])
        case 35:
            node(
                choices.pick(["ArgMax", "Softmax", "Hardmax", "Flatten", "LpNormalization"]), [],
                [("axis", .int(axis()))])
        case 36: node(choices.pick(["Squeeze", "Unsqueeze"]), [constant([axis()])])
        case 37: node("MatMul", [choices.once(in: 2) ? last : weights([shape.last ?? 1, 1 + choices.below(20)])])
        case 38:
            node(choices.pick(["Relu", "Sigmoid", "Exp", "Erf", "Neg", "NonZero", "Shape", "Size", "Identity"]))
        default:
            node(
                choices.pick(["Add", "Mul", "Max", "PRelu", "Div"]),
                [choices.once(in: 2) ? last : weights([shape.last ?? 1])])
        }
    }

    private mutating func addResize(_ rank: Int) {
        let transformation = choices.pick([
            "half_pixel", "asymmetric", "align_corners", "pytorch_half_pixel", "tf_crop_and_resize",
            "half_pixel_symmetric",
        ])
        var attributes: Attributes = [
            ("mode", .string(choices.pick(["nearest", "linear", "cubic"]))),
            ("coordinate_transformation_mode", .string(transformation)),
            ("nearest_mode", .string(choices.pick(["floor", "ceil", "round_prefer_floor", "round_prefer_ceil"]))),
        ]
        if choices.once(in: 4) { attributes.append(("antialias", .int(1))) }
        if choices.once(in: 4) { attributes.append(("exclude_outside", .int(1))) }
        if choices.once(in: 4) {
            attributes.append(("keep_aspect_ratio_policy", .string(choices.pick(["not_larger", "not_smaller"]))))
        }
        let region = transformation == "tf_crop_and_resize" ? weights([2 * rank]) : ""
        if choices.once(in: 2) {
            node("Resize", [region, "", constant(choices.numbers(rank, from: 1, 9))], attributes)
        } else {
            node("Resize", [region, weights([rank])], attributes)
        }
    }
}
