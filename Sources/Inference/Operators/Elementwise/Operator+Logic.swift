/// A question about two elements.
protocol PairQuestion: Sendable {
    static func apply<T: Comparable>(_ a: T, _ b: T) -> Bool
}

extension Operator {
    private enum Equal: PairQuestion { static func apply<T: Comparable>(_ a: T, _ b: T) -> Bool { a == b } }
    private enum Less: PairQuestion { static func apply<T: Comparable>(_ a: T, _ b: T) -> Bool { a < b } }
    private enum Greater: PairQuestion { static func apply<T: Comparable>(_ a: T, _ b: T) -> Bool { a > b } }
    private enum LessOrEqual: PairQuestion { static func apply<T: Comparable>(_ a: T, _ b: T) -> Bool { a <= b } }
    private enum GreaterOrEqual: PairQuestion { static func apply<T: Comparable>(_ a: T, _ b: T) -> Bool { a >= b } }

    /// Comparisons, logic, operations on bits and `Where`.
    static var logic: [Operator] {
        [
            question("Equal", Equal.self),
            question("Less", Less.self),
            question("Greater", Greater.self),
            question("LessOrEqual", LessOrEqual.self),
            question("GreaterOrEqual", GreaterOrEqual.self),
            bits("And", onBool: true) { $0 & $1 },
            bits("Or", onBool: true) { $0 | $1 },
            bits("Xor", onBool: true) { $0 ^ $1 },
            bits("BitwiseAnd") { $0 & $1 },
            bits("BitwiseOr") { $0 | $1 },
            bits("BitwiseXor") { $0 ^ $1 },
            Operator("BitShift", narrow: .taken) { context throws(InferenceError) in
                let type = try context.input(0).type
                let width = UInt64(type.size * 8)
                let isSigned = [DataType.int8, .int16, .int32, .int64].contains(type)
                switch try context.string("direction", default: "") {
                case "LEFT": return try prepareBits(context, onBool: false) { $1 < width ? $0 << $1 : 0 }
                case "RIGHT":
                    // A shift by the width or more, or by a negative number, leaves nothing but the sign.
                    return try prepareBits(context, onBool: false) { bits, shift in
                        guard isSigned else { return shift < width ? bits >> shift : 0 }
                        let value = Int64(bitPattern: bits << (64 - width)) >> Int64(64 - width)
                        return UInt64(bitPattern: value >> Int64(min(shift, 63)))
                    }
                case let other: throw context.invalid("direction '\(other)'")
                }
            },
            Operator("Not", narrow: .taken) { context throws(InferenceError) in
                let spec = try context.input(0)
                try context.require(spec.type == .bool, "elements of type \(spec.type)")
                return prepareInversion(spec, mask: 1)
            },
            Operator("BitwiseNot", narrow: .taken) { context throws(InferenceError) in
                let spec = try context.input(0)
                try context.require(!spec.type.isFloat && spec.type != .bool, "elements of type \(spec.type)")
                return prepareInversion(spec, mask: 0xff)
            },
            classification("IsNaN") { _ throws(InferenceError) in { $0.isNaN } },
            classification("IsInf") { context throws(InferenceError) in
                let positive = try context.flag("detect_positive", default: true)
                let negative = try context.flag("detect_negative", default: true)
                return { $0.isInfinite && ($0 > 0 ? positive : negative) }
            },
            Operator("Where", narrow: .taken) { context throws(InferenceError) in try prepareWhere(context) },
        ]
    }

    private static func question<Q: PairQuestion>(_ name: String, _: Q.Type) -> Operator {
        Operator(name) { context throws(InferenceError) in
            let a = try context.input(0)
            let b = try context.input(1)
            try context.require(a.type == b.type, "elements of type \(a.type) and \(b.type)")
            let shapes = try Broadcasting(context, a, b)
            let output = try TensorSpec(.bool, shapes.target)
            let body = QuestionBody<Q>(walk: shapes.walk)
            if a.type == .bool { return Prepared.compute([output], body.make(UInt8.self)) }
            guard let bind = dispatch(a.type, body) else { throw context.unsupported("elements of type \(a.type)") }
            return Prepared.compute([output], bind)
        }
    }

    private struct QuestionBody<Q: PairQuestion>: ScalarBody {
        let walk: Walk

        func make<T: Scalar>(_: T.Type) -> (Binding) throws(InferenceError) -> Step {
            { [walk] binding in
                let a = binding.input(0, as: T.self)
                let b = binding.input(1, as: T.self)
                let y = binding.output(0, as: UInt8.self)
                return {
                    let length = walk.rowLength
                    let (aStride, bStride, _) = walk.rowStrides
                    var y = y
                    walk.forEachRow { aOffset, bOffset, _ in
                        for index in 0..<length {
                            y[index] = Q.apply(a[aOffset + index * aStride], b[bOffset + index * bStride]) ? 1 : 0
                        }
                        y += length
                    }
                }
            }
        }
    }

    private static func bits(
        _ name: String, onBool: Bool = false, _ function: @escaping @Sendable (UInt64, UInt64) -> UInt64
    ) -> Operator {
        Operator(name, narrow: .taken) { context throws(InferenceError) in
            try prepareBits(context, onBool: onBool, function)
        }
    }

    private static func prepareBits(
        _ context: NodeContext, onBool: Bool, _ function: @escaping @Sendable (UInt64, UInt64) -> UInt64
    ) throws(InferenceError) -> Prepared {
        let a = try context.input(0)
        let b = try context.input(1)
        try context.require(
            a.type == b.type && !a.type.isFloat && (a.type == .bool) == onBool,
            "elements of type \(a.type) and \(b.type)")
        let shapes = try Broadcasting(context, a, b)
        let bind: (Binding) throws(InferenceError) -> Step
        switch a.type.size {
        case 1: bind = bitsBody(shapes.walk, function, UInt8.self)
        case 2: bind = bitsBody(shapes.walk, function, UInt16.self)
        case 4: bind = bitsBody(shapes.walk, function, UInt32.self)
        default: bind = bitsBody(shapes.walk, function, UInt64.self)
        }
        return Prepared.compute([try TensorSpec(a.type, shapes.target)], bind)
    }

    private static func bitsBody<T: FixedWidthInteger & UnsignedInteger>(
        _ walk: Walk, _ function: @escaping @Sendable (UInt64, UInt64) -> UInt64, _: T.Type
    ) -> (Binding) throws(InferenceError) -> Step {
        { binding in
            let a = binding.input(0, as: T.self)
            let b = binding.input(1, as: T.self)
            let y = binding.output(0, as: T.self)
            return {
                let length = walk.rowLength
                let (aStride, bStride, _) = walk.rowStrides
                var y = y
                walk.forEachRow { aOffset, bOffset, _ in
                    for index in 0..<length {
                        y[index] = T(
                            truncatingIfNeeded: function(
                                UInt64(a[aOffset + index * aStride]), UInt64(b[bOffset + index * bStride])))
                    }
                    y += length
                }
            }
        }
    }

    private static func prepareInversion(_ spec: TensorSpec, mask: UInt8) -> Prepared {
        Prepared.compute([spec], overwritable: [0]) { binding in
            let x = binding.input(0, as: UInt8.self)
            let y = binding.output(0, as: UInt8.self)
            let count = spec.byteCount
            return { for index in 0..<count { y[index] = x[index] ^ mask } }
        }
    }

    private static func classification(
        _ name: String,
        _ make: @escaping @Sendable (NodeContext) throws(InferenceError) -> @Sendable (Double) -> Bool
    ) -> Operator {
        Operator(name, narrow: .taken) { context throws(InferenceError) in
            let spec = try context.input(0)
            try context.require(spec.type.isFloat, "elements of type \(spec.type)")
            let question = try make(context)
            return Prepared.compute([try TensorSpec(.bool, spec.shape)]) { binding in
                let x = binding.inputs[0]!
                let y = binding.output(0, as: UInt8.self)
                return { for index in 0..<spec.count { y[index] = question(loadDouble(x, spec.type, index)) ? 1 : 0 } }
            }
        }
    }

    private static func prepareWhere(_ context: NodeContext) throws(InferenceError) -> Prepared {
        let condition = try context.input(0)
        let a = try context.input(1)
        let b = try context.input(2)
        try context.require(
            condition.type == .bool && a.type == b.type, "elements of type \(condition.type), \(a.type), \(b.type)")
        let target = try Shapes.broadcast(condition.shape, try Shapes.broadcast(a.shape, b.shape))
        let walk = try Walk(
            target, Walk.broadcastStrides(of: condition.shape, over: target),
            Walk.broadcastStrides(of: a.shape, over: target), Walk.broadcastStrides(of: b.shape, over: target))
        let bind: (Binding) throws(InferenceError) -> Step
        switch a.type.size {
        case 1: bind = whereBody(walk, UInt8.self)
        case 2: bind = whereBody(walk, UInt16.self)
        case 4: bind = whereBody(walk, UInt32.self)
        default: bind = whereBody(walk, UInt64.self)
        }
        return Prepared.compute([try TensorSpec(a.type, target)], bind)
    }

    private static func whereBody<T: BitwiseCopyable>(
        _ walk: Walk, _: T.Type
    ) -> (Binding) throws(InferenceError) -> Step {
        { binding in
            let condition = binding.input(0, as: UInt8.self)
            let a = binding.input(1, as: T.self)
            let b = binding.input(2, as: T.self)
            let y = binding.output(0, as: T.self)
            return {
                let length = walk.rowLength
                let (conditionStride, aStride, bStride) = walk.rowStrides
                var y = y
                walk.forEachRow { conditionOffset, aOffset, bOffset in
                    for index in 0..<length {
                        y[index] =
                            condition[conditionOffset + index * conditionStride] != 0
                            ? a[aOffset + index * aStride] : b[bOffset + index * bStride]
                    }
                    y += length
                }
            }
        }
    }
}
