/// A function of two elements of any number type.
protocol PairFunction: Sendable {
    static func apply<T: Scalar>(_ a: T, _ b: T) -> T
}

/// The functions of two elements.
enum Pairs {
    enum Add: PairFunction { static func apply<T: Scalar>(_ a: T, _ b: T) -> T { T.sum(a, b) } }
    enum Sub: PairFunction { static func apply<T: Scalar>(_ a: T, _ b: T) -> T { T.difference(a, b) } }
    enum Mul: PairFunction { static func apply<T: Scalar>(_ a: T, _ b: T) -> T { T.product(a, b) } }
    enum Div: PairFunction { static func apply<T: Scalar>(_ a: T, _ b: T) -> T { T.quotient(a, b) } }
    enum Max: PairFunction { static func apply<T: Scalar>(_ a: T, _ b: T) -> T { T.larger(a, b) } }
    enum Min: PairFunction { static func apply<T: Scalar>(_ a: T, _ b: T) -> T { T.smaller(a, b) } }
    enum FloorMod: PairFunction { static func apply<T: Scalar>(_ a: T, _ b: T) -> T { T.floorRemainder(a, b) } }
    enum TruncatedMod: PairFunction {
        static func apply<T: Scalar>(_ a: T, _ b: T) -> T { T.truncatedRemainder(a, b) }
    }
    /// The slope of PRelu is the second element.
    enum PRelu: PairFunction { static func apply<T: Scalar>(_ a: T, _ b: T) -> T { a < T.zero ? T.product(a, b) : a } }
}

extension Operator {
    /// Functions of two or more elements with broadcasting.
    static var arithmetic: [Operator] {
        [
            pair("Add", Pairs.Add.self),
            pair("Sub", Pairs.Sub.self),
            pair("Mul", Pairs.Mul.self),
            pair("Div", Pairs.Div.self),
            Operator("Mod") { context throws(InferenceError) in
                try context.flag("fmod")
                    ? preparePair(context, Pairs.TruncatedMod.self) : preparePair(context, Pairs.FloorMod.self)
            },
            Operator("PRelu") { context throws(InferenceError) in try preparePRelu(context) },
            Operator("Pow") { context throws(InferenceError) in try preparePower(context) },
            many("Max", Pairs.Max.self),
            many("Min", Pairs.Min.self),
            many("Sum", Pairs.Add.self),
            many("Mean", Pairs.Add.self, dividesByCount: true),
        ]
    }

    static func pair<F: PairFunction>(_ name: String, _: F.Type) -> Operator {
        Operator(name) { context throws(InferenceError) in try preparePair(context, F.self) }
    }

    static func preparePair<F: PairFunction>(_ context: NodeContext, _: F.Type) throws(InferenceError) -> Prepared {
        let a = try context.input(0)
        let b = try context.input(1)
        try context.require(a.type == b.type, "elements of type \(a.type) and \(b.type)")
        let shapes = try Broadcasting(context, a, b)
        return try preparePair(context, F.self, shapes, a.type)
    }

    private static func preparePair<F: PairFunction>(
        _ context: NodeContext, _: F.Type, _ shapes: Broadcasting, _ type: DataType
    ) throws(InferenceError) -> Prepared {
        let output = try TensorSpec(type, shapes.target)
        guard let bind = dispatch(type, PairBody<F>(walk: shapes.walk)) else {
            throw context.unsupported("elements of type \(type)")
        }
        return Prepared.compute([output], overwritable: shapes.overwritable, bind)
    }

    private struct PairBody<F: PairFunction>: ScalarBody {
        let walk: Walk

        func make<T: Scalar>(_: T.Type) -> (Binding) throws(InferenceError) -> Step {
            { [walk] binding in
                let a = binding.input(0, as: T.self)
                let b = binding.input(1, as: T.self)
                let y = binding.output(0, as: T.self)
                return { PairBody.run(walk, a, b, y) }
            }
        }

        /// `y` is row-major over the walked shape.
        private static func run<T: Scalar>(
            _ walk: Walk, _ a: UnsafePointer<T>, _ b: UnsafePointer<T>, _ y: UnsafeMutablePointer<T>
        ) {
            let length = walk.rowLength
            let (aStride, bStride, _) = walk.rowStrides
            var y = y
            walk.forEachRow { aOffset, bOffset, _ in
                let a = a + aOffset
                let b = b + bOffset
                if aStride == 1 && bStride == 1 {
                    for index in 0..<length { y[index] = F.apply(a[index], b[index]) }
                } else if bStride == 0 {
                    let right = b[0]
                    for index in 0..<length { y[index] = F.apply(a[index * aStride], right) }
                } else if aStride == 0 {
                    let left = a[0]
                    for index in 0..<length { y[index] = F.apply(left, b[index * bStride]) }
                } else {
                    for index in 0..<length { y[index] = F.apply(a[index * aStride], b[index * bStride]) }
                }
                y += length
            }
        }
    }

    /// The slope broadcasts one way; before version 7 a vector of slopes belongs to the channels.
    private static func preparePRelu(_ context: NodeContext) throws(InferenceError) -> Prepared {
        let x = try context.input(0)
        var slope = try context.input(1)
        try context.require(x.type == slope.type, "elements of type \(x.type) and \(slope.type)")
        if context.version < 7, slope.rank == 1, x.rank > 2, slope.count > 1 {
            slope = try TensorSpec(slope.type, slope.shape + [Int](repeating: 1, count: x.rank - 2))
        }
        let shapes = try Broadcasting(x.shape, slope.shape)
        try context.require(shapes.target == x.shape, "a slope of shape \(slope.shape) for \(x.shape)")
        return try preparePair(context, Pairs.PRelu.self, shapes, x.type)
    }

    private static func many<F: PairFunction>(_ name: String, _: F.Type, dividesByCount: Bool = false) -> Operator {
        Operator(name) { context throws(InferenceError) in
            let first = try context.input(0)
            var target = first.shape
            for index in 1..<max(1, context.operands.count) {
                let next = try context.input(index)
                try context.require(next.type == first.type, "elements of type \(first.type) and \(next.type)")
                target = try Shapes.broadcast(target, next.shape)
            }
            var walks: [Walk] = []
            for index in context.operands.indices {
                walks.append(
                    try Walk(
                        target, Shapes.strides(of: target),
                        Walk.broadcastStrides(of: try context.input(index).shape, over: target)))
            }
            let body = ManyBody<F>(walks: walks, dividesByCount: dividesByCount)
            guard let bind = dispatch(first.type, body) else {
                throw context.unsupported("elements of type \(first.type)")
            }
            return Prepared.compute([try TensorSpec(first.type, target)], bind)
        }
    }

    private struct ManyBody<F: PairFunction>: ScalarBody {
        let walks: [Walk]
        let dividesByCount: Bool

        func make<T: Scalar>(_: T.Type) -> (Binding) throws(InferenceError) -> Step {
            { [walks, dividesByCount] binding in
                let y = binding.output(0, as: T.self)
                let inputs = walks.indices.map { binding.input($0, as: T.self) }
                let divisor = T(double: Double(walks.count))
                return {
                    for (index, walk) in walks.enumerated() {
                        let x = inputs[index]
                        let length = walk.rowLength
                        let (yStride, xStride, _) = walk.rowStrides
                        walk.forEachRow { yOffset, xOffset, _ in
                            for step in 0..<length {
                                let place = yOffset + step * yStride
                                let value = x[xOffset + step * xStride]
                                y[place] = index == 0 ? value : F.apply(y[place], value)
                            }
                        }
                    }
                    if dividesByCount {
                        for index in 0..<walks[0].rowCount * walks[0].rowLength {
                            y[index] = T.quotient(y[index], divisor)
                        }
                    }
                }
            }
        }
    }

    private static func preparePower(_ context: NodeContext) throws(InferenceError) -> Prepared {
        let a = try context.input(0)
        let b = try context.input(1)
        let shapes = try Broadcasting(context, a, b)
        guard b.type != .bool, let bind = dispatch(a.type, PowerBody(walk: shapes.walk, exponent: b.type)) else {
            throw context.unsupported("elements of type \(a.type) to the power of \(b.type)")
        }
        return Prepared.compute([try TensorSpec(a.type, shapes.target)], bind)
    }

    private struct PowerBody: ScalarBody {
        let walk: Walk
        let exponent: DataType

        func make<T: Scalar>(_: T.Type) -> (Binding) throws(InferenceError) -> Step {
            { [walk, exponent] binding in
                let a = binding.input(0, as: T.self)
                let b = binding.inputs[1]!
                let y = binding.output(0, as: T.self)
                return {
                    let length = walk.rowLength
                    let (aStride, bStride, _) = walk.rowStrides
                    var next = 0
                    walk.forEachRow { aOffset, bOffset, _ in
                        for index in 0..<length {
                            let power = loadDouble(b, exponent, bOffset + index * bStride)
                            y[next] = T.power(a[aOffset + index * aStride], power)
                            next += 1
                        }
                    }
                }
            }
        }
    }
}

/// Two shapes and what they broadcast to.
struct Broadcasting {
    let target: [Int]
    let walk: Walk
    /// The inputs as large as the output.
    let overwritable: [Int]

    init(_ a: [Int], _ b: [Int]) throws(InferenceError) {
        target = try Shapes.broadcast(a, b)
        walk = try Walk(target, Walk.broadcastStrides(of: a, over: target), Walk.broadcastStrides(of: b, over: target))
        overwritable = (a == target ? [0] : []) + (b == target ? [1] : [])
    }

    /// Before version 7 the second operand broadcasts only when `broadcast` says so, with its first axis at `axis`.
    init(_ context: NodeContext, _ a: TensorSpec, _ b: TensorSpec) throws(InferenceError) {
        var right = b.shape
        if context.version < 7, context.node.domain.isEmpty, try context.flag("broadcast"),
            let axis = try context.int("axis")
        {
            let start = try Shapes.axis(axis, rank: max(1, a.rank))
            let trailing = a.rank - start - right.count
            try context.require(trailing >= 0, "axis \(axis) for shapes \(a.shape) and \(b.shape)")
            right += [Int](repeating: 1, count: trailing)
        }
        try self.init(a.shape, right)
    }
}

/// An element of any type as a `Double`.
func loadDouble(_ pointer: UnsafeRawPointer, _ type: DataType, _ index: Int) -> Double {
    switch type {
    case .float32: Double(pointer.assumingMemoryBound(to: Float.self)[index])
    case .float64: pointer.assumingMemoryBound(to: Double.self)[index]
    case .float16: Double(pointer.assumingMemoryBound(to: Float16.self)[index])
    case .bfloat16: Double(Float(bitPattern: UInt32(pointer.assumingMemoryBound(to: UInt16.self)[index]) << 16))
    case .uint8, .bool: Double(pointer.assumingMemoryBound(to: UInt8.self)[index])
    case .int8: Double(pointer.assumingMemoryBound(to: Int8.self)[index])
    case .uint16: Double(pointer.assumingMemoryBound(to: UInt16.self)[index])
    case .int16: Double(pointer.assumingMemoryBound(to: Int16.self)[index])
    case .uint32: Double(pointer.assumingMemoryBound(to: UInt32.self)[index])
    case .int32: Double(pointer.assumingMemoryBound(to: Int32.self)[index])
    case .uint64: Double(pointer.assumingMemoryBound(to: UInt64.self)[index])
    case .int64: Double(pointer.assumingMemoryBound(to: Int64.self)[index])
    }
}
