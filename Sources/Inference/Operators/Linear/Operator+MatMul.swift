extension Operator {
    /// Matrix products.
    static var products: [Operator] {
        [
            Operator("MatMul") { context throws(InferenceError) in try prepareMatMul(context) },
            Operator("Gemm") { context throws(InferenceError) in try prepareGemm(context) },
            Operator("MatMulInteger", narrow: .taken) { context throws(InferenceError) in
                try prepareMatMulInteger(context)
            },
        ]
    }

    /// The geometry of a product of stacks of matrices, by the rules of NumPy's `matmul`.
    private struct Product {
        let rows: Int
        let columns: Int
        let depth: Int
        let output: [Int]
        let batches: Walk
        /// Whether the right matrix is one for the whole stack, so that the stack is one tall product.
        let sharesRight: Bool

        init(_ context: NodeContext, _ a: [Int], _ b: [Int]) throws(InferenceError) {
            try context.require(!a.isEmpty && !b.isEmpty, "a scalar")
            let left = a.count == 1 ? [1] + a : a
            let right = b.count == 1 ? b + [1] : b
            rows = left[left.count - 2]
            depth = left[left.count - 1]
            columns = right[right.count - 1]
            try context.require(right[right.count - 2] == depth, "shapes \(a) and \(b)")
            let stackA = Array(left.dropLast(2))
            let stackB = Array(right.dropLast(2))
            let stack = try Shapes.broadcast(stackA, stackB)
            output = stack + (a.count == 1 ? [] : [rows]) + (b.count == 1 ? [] : [columns])
            let size = (rows * depth, depth * columns)
            batches = try Walk(
                stack, Walk.broadcastStrides(of: stackA, over: stack).map { $0 * size.0 },
                Walk.broadcastStrides(of: stackB, over: stack).map { $0 * size.1 })
            sharesRight = Shapes.count(stackB) == 1 && stackA == stack
        }

        /// Calls `body` with the offsets of the three matrices of each product.
        @inline(__always)
        func forEach(_ body: (Int, Int, Int) -> Void) {
            var next = 0
            let (aStride, bStride, _) = batches.rowStrides
            batches.forEachRow { a, b, _ in
                for index in 0..<batches.rowLength {
                    body(a + index * aStride, b + index * bStride, next)
                    next += rows * columns
                }
            }
        }
    }

    private static func prepareMatMul(_ context: NodeContext) throws(InferenceError) -> Prepared {
        let a = try context.input(0)
        let b = try context.input(1)
        try context.require(a.type == b.type, "elements of type \(a.type) and \(b.type)")
        let product = try Product(context, a.shape, b.shape)
        let output = try TensorSpec(a.type, product.output)
        guard a.type == .float32 else {
            guard let bind = dispatch(a.type, ProductBody(product: product)) else {
                throw context.unsupported("elements of type \(a.type)")
            }
            return Prepared.compute([output], bind)
        }
        BLAS.prepare()
        return Prepared.compute([output]) { binding in
            let a = binding.input(0, as: Float.self)
            let b = binding.input(1, as: Float.self)
            let y = binding.output(0, as: Float.self)
            if product.sharesRight {
                let rows = product.columns == 0 ? 0 : output.count / product.columns
                return { BLAS.multiply(rows, product.columns, product.depth, a, b, into: y) }
            }
            return {
                product.forEach { aOffset, bOffset, yOffset in
                    BLAS.multiply(
                        product.rows, product.columns, product.depth, a + aOffset, b + bOffset, into: y + yOffset)
                }
            }
        }
    }

    private struct ProductBody: ScalarBody {
        let product: Product

        func make<T: Scalar>(_: T.Type) -> (Binding) throws(InferenceError) -> Step {
            { [product] binding in
                let a = binding.input(0, as: T.self)
                let b = binding.input(1, as: T.self)
                let y = binding.output(0, as: T.self)
                return {
                    product.forEach { aOffset, bOffset, yOffset in
                        for row in 0..<product.rows {
                            for column in 0..<product.columns {
                                var sum = T.zero
                                for index in 0..<product.depth {
                                    sum = T.sum(
                                        sum,
                                        T.product(
                                            a[aOffset + row * product.depth + index],
                                            b[bOffset + index * product.columns + column]))
                                }
                                y[yOffset + row * product.columns + column] = sum
                            }
                        }
                    }
                }
            }
        }
    }

    private static func prepareGemm(_ context: NodeContext) throws(InferenceError) -> Prepared {
        let a = try context.input(0)
        let b = try context.input(1)
        try context.require(a.rank == 2 && b.rank == 2 && a.type == b.type, "inputs \(a) and \(b)")
        let aT = try context.flag("transA")
        let bT = try context.flag("transB")
        let (m, k) = aT ? (a.shape[1], a.shape[0]) : (a.shape[0], a.shape[1])
        let (depth, n) = bT ? (b.shape[1], b.shape[0]) : (b.shape[0], b.shape[1])
        try context.require(k == depth, "shapes \(a.shape) and \(b.shape)")
        let alpha = try context.float("alpha", default: 1)
        let beta = try context.float("beta", default: 1)
        let output = try TensorSpec(a.type, [m, n])
        var addend: StridedCopy?
        var addWalk: Walk?
        if context.has(2) {
            let c = try context.input(2)
            try context.require(c.type == a.type, "elements of type \(c.type)")
            let strides = Walk.broadcastStrides(of: try Shapes.suffix(c.shape, of: [m, n]), over: [m, n])
            addend = try StridedCopy(width: a.type.size, shape: [m, n], source: strides, target: [n, 1])
            addWalk = try Walk([m, n], strides, [n, 1])
        }
        guard a.type == .float32 else {
            let body = GemmBody(
                m: m, n: n, k: k, aStrides: aT ? (1, m) : (k, 1), bStrides: bT ? (1, k) : (n, 1),
                alpha: Double(alpha), beta: Double(beta), addend: addWalk)
            guard let bind = dispatch(a.type, body) else { throw context.unsupported("elements of type \(a.type)") }
            return Prepared.compute([output], bind)
        }
        BLAS.prepare()
        return Prepared.compute([output]) { [addend] binding in
            let a = binding.input(0, as: Float.self)
            let b = binding.input(1, as: Float.self)
            let c = addend == nil ? nil : binding.inputs[2]
            let y = binding.output(0, as: Float.self)
            return {
                if let c, let addend { addend(from: c, to: y) }
                if k == 0, c != nil {
                    for index in 0..<m * n { y[index] *= beta }
                } else if m == 1, !aT || k == 1, alpha == 1 {
                    // One row is a matrix times a vector, which OpenBLAS does without packing the matrix.
                    BLAS.multiply(n, k, b, transposed: !bT, vector: a, beta: c == nil ? 0 : beta, into: y)
                } else {
                    BLAS.multiply(
                        m, n, k, alpha: alpha, a, transposed: aT, b, transposed: bT, beta: c == nil ? 0 : beta, into: y)
                }
            }
        }
    }

    private struct GemmBody: ScalarBody {
        let m: Int
        let n: Int
        let k: Int
        let aStrides: (Int, Int)
        let bStrides: (Int, Int)
        let alpha: Double
        let beta: Double
        let addend: Walk?

        func make<T: Scalar>(_: T.Type) -> (Binding) throws(InferenceError) -> Step {
            { [self] binding in
                let a = binding.input(0, as: T.self)
                let b = binding.input(1, as: T.self)
                let c = binding.optionalInput(2, as: T.self)
                let y = binding.output(0, as: T.self)
                return {
                    for row in 0..<m {
                        for column in 0..<n {
                            var sum = 0.0
                            for index in 0..<k {
                                sum +=
                                    a[row * aStrides.0 + index * aStrides.1].double
                                    * b[index * bStrides.0 + column * bStrides.1].double
                            }
                            y[row * n + column] = T(double: sum * alpha)
                        }
                    }
                    guard let addend, let c else { return }
                    addend.forEachRow { from, to, _ in
                        for index in 0..<addend.rowLength {
                            let place = to + index * addend.rowStrides.1
                            let added = c[from + index * addend.rowStrides.0].double * beta
                            y[place] = T(double: y[place].double + added)
                        }
                    }
                }
            }
        }
    }

    private static func prepareMatMulInteger(_ context: NodeContext) throws(InferenceError) -> Prepared {
        let a = try context.input(0)
        let b = try context.input(1)
        try context.require(a.type.size == 1 && b.type.size == 1, "elements of type \(a.type) and \(b.type)")
        let product = try Product(context, a.shape, b.shape)
        for index in 2...3 where context.has(index) {
            let zero = try context.input(index)
            let axis = index == 2 ? product.rows : product.columns
            try context.require(zero.count == 1 || zero.count == axis, "a zero point of shape \(zero.shape)")
        }
        let aZeros = context.has(2) ? try context.input(2).count > 1 : false
        let bZeros = context.has(3) ? try context.input(3).count > 1 : false
        return Prepared.compute([try TensorSpec(.int32, product.output)]) { binding in
            let x = binding.inputs[0]!
            let w = binding.inputs[1]!
            let xZero = binding.inputs.count > 2 ? binding.inputs[2] : nil
            let wZero = binding.inputs.count > 3 ? binding.inputs[3] : nil
            let y = binding.output(0, as: Int32.self)
            return {
                product.forEach { aOffset, bOffset, yOffset in
                    for row in 0..<product.rows {
                        for column in 0..<product.columns {
                            let left = xZero.map { loadInteger($0, a.type, aZeros ? row : 0) } ?? 0
                            let right = wZero.map { loadInteger($0, b.type, bZeros ? column : 0) } ?? 0
                            var sum: Int64 = 0
                            for index in 0..<product.depth {
                                sum +=
                                    (loadInteger(x, a.type, aOffset + row * product.depth + index) - left)
                                    * (loadInteger(w, b.type, bOffset + index * product.columns + column) - right)
                            }
                            y[yOffset + row * product.columns + column] = Int32(truncatingIfNeeded: sum)
                        }
                    }
                }
            }
        }
    }
}
