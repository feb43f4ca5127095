internal import CKernels

/// The activation that a kernel applies to each value it stores, as attributes of a node say.
struct KernelActivation: Sendable {
    var kind: nf_activation_kind
    var alpha: Float = 0
    var beta: Float = 0

    /// Names in the graph, by the kernels' kinds.
    private static let names: [(String, nf_activation_kind)] = [
        ("none", NF_ACT_NONE), ("relu", NF_ACT_RELU), ("clamp", NF_ACT_CLAMP), ("prelu", NF_ACT_PRELU),
        ("leaky", NF_ACT_LEAKY), ("hard_sigmoid", NF_ACT_HARD_SIGMOID), ("hard_swish", NF_ACT_HARD_SWISH),
        ("sigmoid", NF_ACT_SIGMOID), ("silu", NF_ACT_SILU), ("tanh", NF_ACT_TANH), ("gelu", NF_ACT_GELU),
        ("gelu_tanh", NF_ACT_GELU_TANH), ("elu", NF_ACT_ELU),
    ]

    init(_ kind: nf_activation_kind, alpha: Float = 0, beta: Float = 0) {
        self.kind = kind
        self.alpha = alpha
        self.beta = beta
    }

    /// The activation of a node: the attributes `activation`, `alpha` and `beta`, with a prefix before each.
    init(_ context: NodeContext, prefix: String = "") throws(InferenceError) {
        let name = try context.string("\(prefix)activation", default: "none")
        guard let entry = KernelActivation.names.first(where: { $0.0 == name }) else {
            throw context.invalid("activation '\(name)'")
        }
        self.init(
            entry.1, alpha: try context.float("\(prefix)alpha", default: 0),
            beta: try context.float("\(prefix)beta", default: 0))
    }

    /// The attributes that `init(_:prefix:)` reads back.
    var attributes: [String: Attribute] {
        let name = KernelActivation.names.first { $0.1 == kind }!.0
        return ["activation": .string(name), "alpha": .float(alpha), "beta": .float(beta)]
    }

    /// What the kernel is given.
    func callAsFunction(slope: UnsafePointer<Float>?) -> nf_activation {
        nf_activation(kind: kind, alpha: alpha, beta: beta, slope: slope)
    }
}

extension NodeContext {
    /// An attribute that lists `count` integers, as the kernels take them.
    /// - Throws: `tooLarge` when one is beyond their 32 bits.
    func ints(_ name: String, count: Int) throws(InferenceError) -> [Int32] {
        guard let values = try ints(name), values.count == count else { throw invalid("attribute '\(name)'") }
        var numbers: [Int32] = []
        for value in values { numbers.append(try Checked.convert(value, "attribute '\(name)'")) }
        return numbers
    }

    /// The extents of an image of four axes, as the kernels take them.
    func extents(_ shape: [Int]) throws(InferenceError) -> [Int32] {
        var numbers: [Int32] = []
        for extent in shape { numbers.append(try Checked.convert(extent, "an extent")) }
        return numbers
    }

    /// The geometry of a convolution of channels-last images with weights [out, in / groups, height, width].
    func convolution(_ x: [Int], _ weights: [Int], prefix: String = "") throws(InferenceError) -> nf_conv {
        let strides = try ints("\(prefix)strides", count: 2)
        let dilations = try ints("\(prefix)dilations", count: 2)
        let pads = try ints("\(prefix)pads", count: 4)
        let output = try ints("\(prefix)output", count: 2)
        let groups = try int("\(prefix)group", default: 1)
        try require(
            x.count == 4 && weights.count == 4 && groups > 0
                && Checked.product([weights[1], groups]) == x[3] && weights[0] % groups == 0,
            "an input \(x) and weights \(weights) in \(groups) groups")
        let (image, filter) = (try extents(x), try extents(weights))
        var conv = nf_conv()
        (conv.batch, conv.in_height, conv.in_width, conv.in_channels) = (image[0], image[1], image[2], image[3])
        (conv.out_height, conv.out_width, conv.out_channels) = (output[0], output[1], filter[0])
        (conv.kernel_height, conv.kernel_width) = (filter[2], filter[3])
        conv.groups = try Checked.convert(groups, "a number of groups")
        (conv.stride_y, conv.stride_x) = (strides[0], strides[1])
        (conv.dilation_y, conv.dilation_x) = (dilations[0], dilations[1])
        (conv.pad_top, conv.pad_left) = (pads[0], pads[1])
        return conv
    }

    /// Lets a residual of this shape be added to a convolution's first channels.
    func addResidual(_ shape: [Int], to conv: inout nf_conv) throws(InferenceError) {
        let output = [conv.batch, conv.out_height, conv.out_width].map { Int($0) }
        try require(
            shape.count == 4 && Array(shape[..<3]) == output && shape[3] <= Int(conv.out_channels) && shape[3] > 0,
            "a residual \(shape) for an output \(output + [Int(conv.out_channels)])")
        conv.residual_channels = try Checked.convert(shape[3], "a residual's channels")
    }

    /// Weights and bias in the kernels' arrangement.
    func packed(
        _ conv: nf_conv, _ algorithm: nf_conv_algorithm, weights: Tensor, bias: Tensor?
    ) throws(InferenceError) -> TensorStorage {
        // The kernels want each filter's channels innermost.
        guard let values = try weights.transposed([0, 2, 3, 1])?.elements(as: Float.self) else {
            throw invalid("weights of type \(weights.type)")
        }
        let biases = bias?.elements(as: Float.self)
        try require(bias == nil || biases?.count == Int(conv.out_channels), "a bias \(bias!.spec)")
        var conv = conv
        return try packed(
            weights, as: "convolution \(algorithm.rawValue) \(conv.groups)", with: bias.map { [$0] } ?? [],
            count: nf_conv_packed_count(&conv, algorithm)
        ) { target in
            if let biases {
                nf_conv_pack(&conv, algorithm, values, biases, target.baseAddress)
            } else {
                nf_conv_pack(&conv, algorithm, values, nil, target.baseAddress)
            }
        }
    }
}
