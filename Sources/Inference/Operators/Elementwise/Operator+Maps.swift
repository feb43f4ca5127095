extension Operator {
    /// Functions of one floating-point element.
    static var maps: [Operator] {
        [
            map("Exp") { _ in Maps.Exp() },
            map("Log") { _ in Maps.Log() },
            map("Sqrt") { _ in Maps.Sqrt() },
            map("Reciprocal") { _ in Maps.Reciprocal() },
            map("Floor") { _ in Maps.Floor() },
            map("Ceil") { _ in Maps.Ceil() },
            map("Round") { _ in Maps.Round() },
            map("Sin") { _ in Maps.Sin() },
            map("Cos") { _ in Maps.Cos() },
            map("Tan") { _ in Maps.Tan() },
            map("Asin") { _ in Maps.Asin() },
            map("Acos") { _ in Maps.Acos() },
            map("Atan") { _ in Maps.Atan() },
            map("Sinh") { _ in Maps.Sinh() },
            map("Cosh") { _ in Maps.Cosh() },
            map("Asinh") { _ in Maps.Asinh() },
            map("Acosh") { _ in Maps.Acosh() },
            map("Atanh") { _ in Maps.Atanh() },
            map("Tanh") { _ in Maps.Tanh() },
            map("Erf") { _ in Maps.Erf() },
            map("Sigmoid") { _ in Maps.Sigmoid() },
            map("Softplus") { _ in Maps.Softplus() },
            map("Softsign") { _ in Maps.Softsign() },
            map("HardSwish") { _ in Maps.HardSwish() },
            map("Mish") { _ in Maps.Mish() },
            map("Swish") { context throws(InferenceError) in
                Maps.Swish(alpha: try context.float("alpha", default: 1))
            },
            map("LeakyRelu") { context throws(InferenceError) in
                Maps.LeakyRelu(alpha: try context.float("alpha", default: 0.01))
            },
            map("ThresholdedRelu") { context throws(InferenceError) in
                Maps.ThresholdedRelu(alpha: try context.float("alpha", default: 1))
            },
            map("Elu") { context throws(InferenceError) in Maps.Elu(alpha: try context.float("alpha", default: 1)) },
            map("Celu") { context throws(InferenceError) in
                Maps.Celu(alpha: try context.float("alpha", default: 1))
            },
            map("Selu") { context throws(InferenceError) in
                // The defaults changed with version 6, from rounded numbers to these (Klambauer et al. 2017).
                Maps.Selu(
                    alpha: try context.float("alpha", default: 1.673_263_2),
                    gamma: try context.float("gamma", default: 1.050_701))
            },
            map("HardSigmoid") { context throws(InferenceError) in
                Maps.HardSigmoid(
                    alpha: try context.float("alpha", default: 0.2), beta: try context.float("beta", default: 0.5))
            },
            map("Shrink") { context throws(InferenceError) in
                Maps.Shrink(
                    bias: try context.float("bias", default: 0), lambda: try context.float("lambd", default: 0.5))
            },
            Operator("Gelu") { context throws(InferenceError) in
                switch try context.string("approximate", default: "none") {
                case "none": try prepareMap(context, Maps.Gelu())
                case "tanh": try prepareMap(context, Maps.GeluTanh())
                case let other: throw context.unsupported("approximate '\(other)'")
                }
            },
        ]
    }

    /// An operator that applies a map to each element.
    static func map<Map: FloatMap>(
        _ name: String, _ make: @escaping @Sendable (NodeContext) throws(InferenceError) -> Map
    ) -> Operator {
        Operator(name) { context throws(InferenceError) in try prepareMap(context, try make(context)) }
    }

    static func prepareMap(_ context: NodeContext, _ map: some FloatMap) throws(InferenceError) -> Prepared {
        let spec = try context.input(0)
        switch spec.type {
        case .float32: return apply(map, spec, Float.self)
        case .float64: return apply(map, spec, Double.self)
        default: throw context.unsupported("elements of type \(spec.type)")
        }
    }

    private static func apply<Map: FloatMap, T: Elementary>(_ map: Map, _ spec: TensorSpec, _: T.Type) -> Prepared {
        Prepared.compute([spec], overwritable: [0]) { binding in
            let x = binding.input(0, as: T.self)
            let y = binding.output(0, as: T.self)
            let count = spec.count
            return { for index in 0..<count { y[index] = map(x[index]) } }
        }
    }
}
