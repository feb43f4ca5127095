internal import CKernels

extension Operator {
    /// The product with a constant matrix, as the passes make it.
    static var dense: [Operator] {
        [Operator("Dense", domain: Graph.ownDomain) { context throws(InferenceError) in try prepareDense(context) }]
    }

    /// Inputs: x [..., depth], weights [depth, columns] or with `transposed` [columns, depth], bias [columns] or none, slopes of a
    /// PRelu or none, residual of the output's shape or none. The residual is added before the activation.
    ///
    /// It is a 1x1 convolution of as many pixels as x has rows.
    private static func prepareDense(_ context: NodeContext) throws(InferenceError) -> Prepared {
        try context.requireFloat32(0)
        let x = try context.input(0)
        guard let weights = try context.constant(1), weights.spec.rank == 2, x.rank >= 1 else {
            throw context.invalid("no matrix of weights")
        }
        let isTransposed = try context.flag("transposed")
        let (depth, columns) = (weights.shape[isTransposed ? 1 : 0], weights.shape[isTransposed ? 0 : 1])
        try context.require(x.shape.last == depth, "an input \(x) and weights \(weights.spec)")
        let output = try TensorSpec(.float32, x.shape.dropLast() + [columns])
        let rows = Shapes.count(x.shape.dropLast())
        if context.has(4) {
            let residual = try context.input(4).shape
            try context.require(residual == output.shape, "a residual \(residual) for an output \(output)")
        }
        let pixels: Int32 = try Checked.convert(rows, "a product's rows")
        var conv = nf_conv()
        (conv.batch, conv.in_height, conv.in_width) = (1, 1, pixels)
        (conv.out_height, conv.out_width) = (1, pixels)
        conv.in_channels = try Checked.convert(depth, "a product's depth")
        conv.out_channels = try Checked.convert(columns, "a product's columns")
        (conv.kernel_height, conv.kernel_width, conv.stride_y, conv.stride_x) = (1, 1, 1, 1)
        (conv.dilation_y, conv.dilation_x, conv.groups) = (1, 1, 1)
        let packed = try context.packedDense(
            conv, weights: weights, isTransposed: isTransposed, bias: try context.constant(2))
        let activation = try KernelActivation(context)
        let overwritable = context.has(4) && context.node.inputs[4] != context.node.inputs[0] ? [4] : []
        return Prepared.compute([output], overwritable: overwritable) { [conv] binding in
            let x = binding.input(0, as: Float.self)
            let weights = UnsafePointer(packed.bytes.assumingMemoryBound(to: Float.self).baseAddress!)
            let residual = binding.optionalInput(4, as: Float.self)
            let y = binding.output(0, as: Float.self)
            let activation = activation(slope: binding.optionalInput(3, as: Float.self))
            if rows == 0 { return {} }
            return {
                withExtendedLifetime(packed) {
                    withUnsafePointer(to: conv) { conv in
                        withUnsafePointer(to: activation) { activation in
                            nf_conv_run(conv, NF_CONV_GEMM, activation, x, weights, residual, y, nil)
                        }
                    }
                }
            }
        }
    }
}

extension NodeContext {
    /// A matrix and a bias in the kernels' arrangement.
    fileprivate func packedDense(
        _ conv: nf_conv, weights: Tensor, isTransposed: Bool, bias: Tensor?
    ) throws(InferenceError) -> TensorStorage {
        let (depth, columns) = (Int(conv.in_channels), Int(conv.out_channels))
        let biases = bias?.elements(as: Float.self)
        try require(bias == nil || biases?.count == columns, "a bias \(bias!.spec)")
        try require(weights.type == .float32, "weights \(weights.spec)")
        var conv = conv
        return try packed(
            weights, as: "dense \(isTransposed)", with: bias.map { [$0] } ?? [],
            count: nf_conv_packed_count(&conv, NF_CONV_GEMM)
        ) { target in
            weights.withUnsafeBytes { bytes in
                var values = bytes.bindMemory(to: Float.self).baseAddress!
                var rows: [Float] = []
                if !isTransposed {
                    // The kernels want the weights of one column side by side.
                    rows = [Float](unsafeUninitializedCapacity: weights.count) { buffer, count in
                        nf_transpose(1, depth, columns, values, buffer.baseAddress)
                        count = weights.count
                    }
                }
                rows.withUnsafeBufferPointer { buffer in
                    if !isTransposed { values = buffer.baseAddress! }
                    if let biases {
                        nf_conv_pack(&conv, NF_CONV_GEMM, values, biases, target.baseAddress)
                    } else {
                        nf_conv_pack(&conv, NF_CONV_GEMM, values, nil, target.baseAddress)
                    }
                }
            }
        }
    }
}
