extension Operator {
    /// Convolutions of any number of dimensions up to three, channels first: a window's elements are laid out as columns, and the
    /// rest is a matrix product. Networks with images run on the kernels instead, after the layout pass.
    static var convolutions: [Operator] {
        [
            Operator("Conv") { context throws(InferenceError) in try prepareConvolution(context) },
            Operator("ConvTranspose") { context throws(InferenceError) in try prepareTransposed(context) },
        ]
    }

    private static func prepareConvolution(_ context: NodeContext) throws(InferenceError) -> Prepared {
        let x = try context.input(0)
        let w = try context.input(1)
        try context.requireFloat32(0)
        try context.requireFloat32(1)
        try context.require(x.rank >= 3 && w.rank == x.rank, "an input \(x) and weights \(w)")
        let groups = try context.int("group", default: 1)
        let (channels, maps) = (x.shape[1], w.shape[0])
        try context.require(
            groups > 0 && channels == Checked.product([w.shape[1], groups]) && maps % groups == 0,
            "\(channels) channels in \(groups) groups, weights \(w.shape)")
        let kernel = Array(w.shape.dropFirst(2))
        if let declared = try context.ints("kernel_shape") {
            try context.require(declared == kernel, "kernel_shape \(declared) for weights \(w.shape)")
        }
        let window = try Window(context, input: Array(x.shape.dropFirst(2)), kernel: kernel)
        if context.has(2) {
            try context.requireFloat32(2)
            try context.require(try context.input(2).count == maps, "the bias has not \(maps) elements")
        }
        let output = try TensorSpec(.float32, [x.shape[0], maps] + window.output)
        let columns = Columns(try window.inThreeAxes(context), channels: channels / groups)
        let isDirect = window.isPointwise
        let scratch = isDirect ? 0 : try TensorSpec(.float32, [columns.rows, columns.count]).byteCount
        BLAS.prepare()
        return Prepared.compute([output], scratch: scratch) { binding in
            let x = binding.input(0, as: Float.self)
            let w = binding.input(1, as: Float.self)
            let bias = binding.optionalInput(2, as: Float.self)
            let y = binding.output(0, as: Float.self)
            let area = binding.scratch.assumingMemoryBound(to: Float.self)
            let each = maps / groups
            return {
                for image in 0..<output.shape[0] {
                    for group in 0..<groups {
                        let source = x + (image * groups + group) * columns.channels * columns.inputCount
                        let target = y + (image * groups + group) * each * columns.count
                        if let bias {
                            for map in 0..<each {
                                (target + map * columns.count).update(
                                    repeating: bias[group * each + map], count: columns.count)
                            }
                        }
                        if !isDirect { columns.gather(source, into: area) }
                        let matrix = isDirect ? source : UnsafePointer(area)
                        BLAS.multiply(
                            each, columns.count, columns.rows, w + group * each * columns.rows, matrix,
                            beta: bias == nil ? 0 : 1, into: target)
                    }
                }
            }
        }
    }

    private static func prepareTransposed(_ context: NodeContext) throws(InferenceError) -> Prepared {
        try context.requireFloat32(0)
        try context.requireFloat32(1)
        let x = try context.input(0)
        let w = try context.input(1)
        let groups = try context.int("group", default: 1)
        try context.require(
            x.rank >= 3 && w.rank == x.rank && groups > 0 && x.shape[1] == w.shape[0] && x.shape[1] % groups == 0,
            "an input \(x) and weights \(w) in \(groups) groups")
        let window = try Window(
            transposed: context, input: Array(x.shape.dropFirst(2)), kernel: Array(w.shape.dropFirst(2)))
        let each = w.shape[1]
        let maps = try Checked.product([each, groups], "a number of channels")
        if context.has(2) {
            try context.requireFloat32(2)
            try context.require(try context.input(2).count == maps, "the bias has not \(maps) elements")
        }
        // The roles are swapped: the window slides over the output, and the input has one element for each of its places.
        let output = try TensorSpec(.float32, [x.shape[0], maps] + window.input)
        let columns = Columns(try window.inThreeAxes(context), channels: each)
        let depth = x.shape[1] / groups
        let scratch = try TensorSpec(.float32, [columns.rows, columns.count]).byteCount
        BLAS.prepare()
        return Prepared.compute([output], scratch: scratch) { binding in
            let x = binding.input(0, as: Float.self)
            let w = binding.input(1, as: Float.self)
            let bias = binding.optionalInput(2, as: Float.self)
            let y = binding.output(0, as: Float.self)
            let area = binding.scratch.assumingMemoryBound(to: Float.self)
            return {
                for image in 0..<output.shape[0] {
                    for group in 0..<groups {
                        BLAS.multiply(
                            columns.rows, columns.count, depth, w + group * depth * columns.rows, transposed: true,
                            x + (image * groups + group) * depth * columns.count, into: area)
                        let target = y + (image * groups + group) * each * columns.inputCount
                        for map in 0..<each {
                            (target + map * columns.inputCount).update(
                                repeating: bias?[group * each + map] ?? 0, count: columns.inputCount)
                        }
                        columns.scatter(area, onto: target)
                    }
                }
            }
        }
    }
}
