/// A function of one element of any number type.
protocol NumberFunction: Sendable {
    static func apply<T: Scalar>(_ x: T) -> T
}

extension Operator {
    private enum Neg: NumberFunction { static func apply<T: Scalar>(_ x: T) -> T { T.negated(x) } }
    private enum Abs: NumberFunction { static func apply<T: Scalar>(_ x: T) -> T { T.magnitude(x) } }
    private enum Sign: NumberFunction { static func apply<T: Scalar>(_ x: T) -> T { T.signum(x) } }
    private enum Relu: NumberFunction { static func apply<T: Scalar>(_ x: T) -> T { T.larger(x, T.zero) } }

    /// Functions of one element that integers have too, and `Clip`.
    static var numberMaps: [Operator] {
        [
            numberMap("Neg", Neg.self),
            numberMap("Abs", Abs.self),
            numberMap("Sign", Sign.self),
            numberMap("Relu", Relu.self),
            Operator("Clip") { context throws(InferenceError) in try prepareClip(context) },
        ]
    }

    private struct NumberBody<F: NumberFunction>: ScalarBody {
        let count: Int

        func make<T: Scalar>(_: T.Type) -> (Binding) throws(InferenceError) -> Step {
            { [count] binding in
                let x = binding.input(0, as: T.self)
                let y = binding.output(0, as: T.self)
                return { for index in 0..<count { y[index] = F.apply(x[index]) } }
            }
        }
    }

    private static func numberMap<F: NumberFunction>(_ name: String, _: F.Type) -> Operator {
        Operator(name) { context throws(InferenceError) in
            let spec = try context.input(0)
            guard let bind = dispatch(spec.type, NumberBody<F>(count: spec.count)) else {
                throw context.unsupported("elements of type \(spec.type)")
            }
            return Prepared.compute([spec], overwritable: [0], bind)
        }
    }

    /// The bounds are attributes before version 11 and scalars that may be computed from then on.
    private static func prepareClip(_ context: NodeContext) throws(InferenceError) -> Prepared {
        let spec = try context.input(0)
        for index in 1...2 where context.has(index) {
            let bound = try context.input(index)
            try context.require(bound.count == 1 && bound.type == spec.type, "input \(index) is \(bound)")
        }
        let body = ClipBody(
            count: spec.count, low: try context.float("min").map { Double($0) },
            high: try context.float("max").map { Double($0) })
        guard let bind = dispatch(spec.type, body) else {
            throw context.unsupported("elements of type \(spec.type)")
        }
        return Prepared.compute([spec], overwritable: [0], bind)
    }

    private struct ClipBody: ScalarBody {
        let count: Int
        let low: Double?
        let high: Double?

        func make<T: Scalar>(_: T.Type) -> (Binding) throws(InferenceError) -> Step {
            { [self] binding in
                let x = binding.input(0, as: T.self)
                let y = binding.output(0, as: T.self)
                let lowInput = binding.optionalInput(1, as: T.self)
                let highInput = binding.optionalInput(2, as: T.self)
                let low = low.map { T(double: $0) }
                let high = high.map { T(double: $0) }
                return {
                    let low = lowInput?[0] ?? low
                    let high = highInput?[0] ?? high
                    for index in 0..<count {
                        var value = x[index]
                        if let low { value = T.larger(value, low) }
                        if let high { value = T.smaller(value, high) }
                        y[index] = value
                    }
                }
            }
        }
    }
}
