internal import CKernels

extension Operator {
    /// Elementwise operators and transposes on the kernels. `KernelChoice` makes them; no model names them.
    static var kernels: [Operator] {
        [
            Operator("Unary", domain: Graph.ownDomain) { context throws(InferenceError) in
                let spec = try context.input(0)
                try context.requireFloat32(0)
                let function = nf_unary_op(UInt32(truncatingIfNeeded: try context.int("function", default: 0)))
                return Prepared.compute([spec], overwritable: [0]) { binding in
                    let x = binding.input(0, as: Float.self)
                    let y = binding.output(0, as: Float.self)
                    let count = spec.count
                    return { nf_unary(function, count, x, y) }
                }
            },
            Operator("Activate", domain: Graph.ownDomain) { context throws(InferenceError) in
                try prepareActivate(context)
            },
            Operator("Binary", domain: Graph.ownDomain) { context throws(InferenceError) in
                try prepareBinary(context)
            },
            Operator("Transpose", domain: Graph.ownDomain) { context throws(InferenceError) in
                let matrix = try context.ints("matrix", count: 3).map { Int($0) }
                let spec = try context.input(0)
                try context.requireFloat32(0)
                try context.require(Checked.product(matrix) == spec.count, "\(matrix) for \(spec)")
                guard let perm = try context.ints("perm"), perm.count == spec.rank else {
                    throw context.invalid("no permutation")
                }
                let output = try TensorSpec(.float32, perm.map { spec.shape[$0] })
                return Prepared.compute([output]) { binding in
                    let x = binding.input(0, as: Float.self)
                    let y = binding.output(0, as: Float.self)
                    return { nf_transpose(matrix[0], matrix[1], matrix[2], x, y) }
                }
            },
        ]
    }

    /// Inputs: x, and the slopes of a PRelu for its last axis or none.
    private static func prepareActivate(_ context: NodeContext) throws(InferenceError) -> Prepared {
        let spec = try context.input(0)
        try context.requireFloat32(0)
        let channels = spec.shape.last ?? 1
        if context.has(1) {
            let slopes = try context.input(1)
            try context.require(slopes.type == .float32 && slopes.count == channels, "slopes \(slopes) for \(spec)")
        }
        let activation = try KernelActivation(context)
        return Prepared.compute([spec], overwritable: [0]) { binding in
            let x = binding.input(0, as: Float.self)
            let y = binding.output(0, as: Float.self)
            let activation = activation(slope: binding.optionalInput(1, as: Float.self))
            let pixels = spec.count / max(1, channels)
            return {
                withUnsafePointer(to: activation) { nf_activate($0, pixels, channels, x, 0, y, 0) }
            }
        }
    }

    /// `outer`, `rows` and `columns` hold an extent and the strides of both operands.
    private static func prepareBinary(_ context: NodeContext) throws(InferenceError) -> Prepared {
        let (a, b) = (try context.input(0), try context.input(1))
        try context.requireFloat32(0)
        try context.requireFloat32(1)
        let output = try TensorSpec(.float32, try Shapes.broadcast(a.shape, b.shape))
        let function = nf_binary_op(UInt32(truncatingIfNeeded: try context.int("function", default: 0)))
        let outer = try context.ints("outer", count: 3).map { Int($0) }
        let rows = try context.ints("rows", count: 3).map { Int($0) }
        let columns = try context.ints("columns", count: 3).map { Int($0) }
        try context.require(Checked.product([outer[0], rows[0], columns[0]]) == output.count, "an output \(output)")
        let overwritable = (a.shape == output.shape ? [0] : []) + (b.shape == output.shape ? [1] : [])
        return Prepared.compute([output], overwritable: overwritable) { binding in
            let a = binding.input(0, as: Float.self)
            let b = binding.input(1, as: Float.self)
            let y = binding.output(0, as: Float.self)
            return {
                for index in 0..<outer[0] {
                    nf_binary(
                        function, nil, rows[0], columns[0], a + index * outer[1], rows[1], columns[1],
                        b + index * outer[2], rows[2], columns[2], y + index * rows[0] * columns[0], columns[0])
                }
            }
        }
    }
}
