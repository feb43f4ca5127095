internal import CKernels

extension Operator {
    /// The engine's own operators on channels-last images. The passes make them; no model names them.
    static var channelsLast: [Operator] {
        [
            Operator("Conv", domain: Graph.ownDomain) { context throws(InferenceError) in
                try prepareChannelsLastConvolution(context)
            },
            Operator("Separable", domain: Graph.ownDomain) { context throws(InferenceError) in
                try prepareSeparable(context)
            },
            Operator("MaxPool", domain: Graph.ownDomain) { context throws(InferenceError) in
                try prepareChannelsLastPool(context, nf_max_pool)
            },
            Operator("AveragePool", domain: Graph.ownDomain) { context throws(InferenceError) in
                try prepareChannelsLastPool(context, nf_average_pool)
            },
            Operator("Resize", domain: Graph.ownDomain) { context throws(InferenceError) in
                try prepareChannelsLastResize(context)
            },
            Operator("DepthToSpace", domain: Graph.ownDomain) { context throws(InferenceError) in
                try prepareChannelsLastDepthToSpace(context)
            },
        ]
    }

    /// Inputs: image, weights [out, in / groups, height, width], bias or none, slopes of a PRelu or none, residual or none. The
    /// residual has the output's size and at most its channels; it is added before the activation.
    private static func prepareChannelsLastConvolution(_ context: NodeContext) throws(InferenceError) -> Prepared {
        try context.requireFloat32(0)
        let x = try context.input(0)
        guard let weights = try context.constant(1) else { throw context.invalid("no weights") }
        var conv = try context.convolution(x.shape, weights.shape)
        if context.has(4) { try context.addResidual(try context.input(4).shape, to: &conv) }
        let algorithm = nf_conv_choose(&conv)
        let packed = try context.packed(conv, algorithm, weights: weights, bias: try context.constant(2))
        let activation = try KernelActivation(context)
        let output = try TensorSpec(
            .float32, [conv.batch, conv.out_height, conv.out_width, conv.out_channels].map { Int($0) })
        let scratch = nf_conv_scratch_count(&conv, algorithm) * MemoryLayout<Float>.size
        // Laid over the image itself, the first pixels of the output would destroy what later ones read.
        let isWhole = conv.residual_channels == conv.out_channels && context.has(4)
        let overwritable = isWhole && context.node.inputs[4] != context.node.inputs[0] ? [4] : []
        return Prepared.compute([output], scratch: scratch, overwritable: overwritable) { [conv] binding in
            let x = binding.input(0, as: Float.self)
            let weights = UnsafePointer(packed.bytes.assumingMemoryBound(to: Float.self).baseAddress!)
            let residual = binding.optionalInput(4, as: Float.self)
            let y = binding.output(0, as: Float.self)
            let scratch = binding.scratch.assumingMemoryBound(to: Float.self)
            let activation = activation(slope: binding.optionalInput(3, as: Float.self))
            return {
                withExtendedLifetime(packed) {
                    withUnsafePointer(to: conv) { conv in
                        withUnsafePointer(to: activation) { activation in
                            nf_conv_run(conv, algorithm, activation, x, weights, residual, y, scratch)
                        }
                    }
                }
            }
        }
    }

    /// A depthwise convolution and the 1x1 convolution of its result. Inputs: image, depthwise weights, bias, slopes, then
    /// weights, bias, slopes and residual of the second.
    private static func prepareSeparable(_ context: NodeContext) throws(InferenceError) -> Prepared {
        try context.requireFloat32(0)
        let x = try context.input(0)
        guard let first = try context.constant(1), let second = try context.constant(4) else {
            throw context.invalid("no weights")
        }
        var depthwise = try context.convolution(x.shape, first.shape, prefix: "depthwise_")
        let middle = [depthwise.batch, depthwise.out_height, depthwise.out_width, depthwise.out_channels].map {
            Int($0)
        }
        var pointwise = try context.convolution(middle, second.shape)
        if context.has(7) { try context.addResidual(try context.input(7).shape, to: &pointwise) }
        let firstPacked = try context.packed(
            depthwise, NF_CONV_DEPTHWISE, weights: first, bias: try context.constant(2))
        let secondPacked = try context.packed(pointwise, NF_CONV_GEMM, weights: second, bias: try context.constant(5))
        let between = try KernelActivation(context, prefix: "depthwise_")
        let activation = try KernelActivation(context)
        let output = try TensorSpec(.float32, Array(middle[..<3]) + [Int(pointwise.out_channels)])
        let scratch = nf_separable_scratch_count(&depthwise, &pointwise) * MemoryLayout<Float>.size
        let isWhole = pointwise.residual_channels == pointwise.out_channels
        // Laid over the image itself, the output's first rows would destroy what the next strip of the depthwise part reads.
        let overwritable = context.has(7) && isWhole && context.node.inputs[7] != context.node.inputs[0] ? [7] : []
        return Prepared.compute([output], scratch: scratch, overwritable: overwritable) {
            [depthwise, pointwise] binding in
            let x = binding.input(0, as: Float.self)
            let weights = (
                UnsafePointer(firstPacked.bytes.assumingMemoryBound(to: Float.self).baseAddress!),
                UnsafePointer(secondPacked.bytes.assumingMemoryBound(to: Float.self).baseAddress!)
            )
            let residual = binding.optionalInput(7, as: Float.self)
            let y = binding.output(0, as: Float.self)
            let scratch = binding.scratch.assumingMemoryBound(to: Float.self)
            let activations = (
                between(slope: binding.optionalInput(3, as: Float.self)),
                activation(slope: binding.optionalInput(6, as: Float.self))
            )
            let geometry = (depthwise, pointwise)
            return {
                withExtendedLifetime((firstPacked, secondPacked)) {
                    withUnsafePointer(to: geometry) { geometry in
                        withUnsafePointer(to: activations) { activations in
                            nf_separable_run(
                                geometry.pointer(to: \.0), activations.pointer(to: \.0), weights.0,
                                geometry.pointer(to: \.1), activations.pointer(to: \.1), weights.1, x, residual, y,
                                scratch)
                        }
                    }
                }
            }
        }
    }

    private static func prepareChannelsLastPool(
        _ context: NodeContext,
        _ kernel:
            @escaping @Sendable (UnsafePointer<nf_pool>, UnsafePointer<Float>, UnsafeMutablePointer<Float>) -> Void
    ) throws(InferenceError) -> Prepared {
        try context.requireFloat32(0)
        let x = try context.input(0)
        try context.require(x.rank == 4, "an image \(x)")
        let size = try context.ints("kernel", count: 2)
        let strides = try context.ints("strides", count: 2)
        let dilations = try context.ints("dilations", count: 2)
        let pads = try context.ints("pads", count: 4)
        let output = try context.ints("output", count: 2)
        let image = try context.extents(x.shape)
        var pool = nf_pool()
        (pool.batch, pool.in_height, pool.in_width, pool.channels) = (image[0], image[1], image[2], image[3])
        (pool.out_height, pool.out_width) = (output[0], output[1])
        (pool.kernel_height, pool.kernel_width) = (size[0], size[1])
        (pool.stride_y, pool.stride_x) = (strides[0], strides[1])
        (pool.dilation_y, pool.dilation_x) = (dilations[0], dilations[1])
        (pool.pad_top, pool.pad_left, pool.pad_bottom, pool.pad_right) = (pads[0], pads[1], pads[2], pads[3])
        pool.count_padding = try context.flag("counts_padding")
        let spec = try TensorSpec(.float32, [x.shape[0], Int(output[0]), Int(output[1]), x.shape[3]])
        return Prepared.compute([spec]) { [pool] binding in
            let x = binding.input(0, as: Float.self)
            let y = binding.output(0, as: Float.self)
            return { withUnsafePointer(to: pool) { kernel($0, x, y) } }
        }
    }

    private static func prepareChannelsLastResize(_ context: NodeContext) throws(InferenceError) -> Prepared {
        try context.requireFloat32(0)
        let x = try context.input(0)
        let output = try context.ints("output", count: 2)
        guard x.rank == 4, let geometry = try context.tensor("geometry")?.doubles, geometry.count == 4 else {
            throw context.invalid("an image \(x), or no geometry")
        }
        let image = try context.extents(x.shape)
        var resize = nf_resize()
        (resize.batch, resize.in_height, resize.in_width, resize.channels) = (image[0], image[1], image[2], image[3])
        (resize.out_height, resize.out_width) = (output[0], output[1])
        (resize.step_y, resize.offset_y, resize.step_x, resize.offset_x) = (
            geometry[0], geometry[1], geometry[2], geometry[3]
        )
        let spec = try TensorSpec(.float32, [x.shape[0], Int(output[0]), Int(output[1]), x.shape[3]])
        let isLinear = try context.string("mode", default: "") == "linear"
        let nearest: nf_nearest =
            switch try context.string("nearest", default: "") {
            case "floor": NF_NEAREST_FLOOR
            case "ceil": NF_NEAREST_CEIL
            case "round_prefer_ceil": NF_NEAREST_ROUND_HALF_UP
            default: NF_NEAREST_ROUND_HALF_DOWN
            }
        return Prepared.compute([spec]) { [resize] binding in
            let x = binding.input(0, as: Float.self)
            let y = binding.output(0, as: Float.self)
            return {
                withUnsafePointer(to: resize) { resize in
                    if isLinear { nf_resize_bilinear(resize, x, y) } else { nf_resize_nearest(resize, nearest, x, y) }
                }
            }
        }
    }

    /// Blocks of channels side by side: channel `(dy * block + dx) * C + c` goes to row offset dy, column offset dx.
    private static func prepareChannelsLastDepthToSpace(_ context: NodeContext) throws(InferenceError) -> Prepared {
        try context.requireFloat32(0)
        let x = try context.input(0)
        guard x.rank == 4, let block = try context.int("block"), block > 0,
            let area = Checked.product([block, block]), x.shape[3] % area == 0
        else {
            throw context.invalid("an image \(x), or no block that divides its channels")
        }
        let (height, width) = (x.shape[1], x.shape[2])
        let channels = x.shape[3] / area
        let spec = try TensorSpec(
            .float32,
            [
                x.shape[0], try Checked.product([height, block], "a height"),
                try Checked.product([width, block], "a width"), channels,
            ])
        let rows = x.shape[0] * height
        return Prepared.compute([spec]) { binding in
            let x = binding.input(0, as: Float.self)
            let y = binding.output(0, as: Float.self)
            return {
                var target = y
                for row in 0..<rows {
                    for dy in 0..<block {
                        var source = x + row * width * block * block * channels + dy * block * channels
                        for _ in 0..<width {
                            target.update(from: source, count: block * channels)
                            target += block * channels
                            source += block * block * channels
                        }
                    }
                }
            }
        }
    }
}
