/// A function of one floating-point element, with its parameters. Formulas are those of ONNX's operator reference.
protocol FloatMap: Sendable {
    func callAsFunction<T: Elementary>(_ x: T) -> T
}

/// The functions of one element.
enum Maps {
    struct Exp: FloatMap { func callAsFunction<T: Elementary>(_ x: T) -> T { T.exp(x) } }
    struct Log: FloatMap { func callAsFunction<T: Elementary>(_ x: T) -> T { T.log(x) } }
    struct Sqrt: FloatMap { func callAsFunction<T: Elementary>(_ x: T) -> T { x.squareRoot() } }
    struct Reciprocal: FloatMap { func callAsFunction<T: Elementary>(_ x: T) -> T { 1 / x } }
    struct Floor: FloatMap { func callAsFunction<T: Elementary>(_ x: T) -> T { x.rounded(.down) } }
    struct Ceil: FloatMap { func callAsFunction<T: Elementary>(_ x: T) -> T { x.rounded(.up) } }
    /// Halves go to the even neighbour.
    struct Round: FloatMap { func callAsFunction<T: Elementary>(_ x: T) -> T { x.rounded(.toNearestOrEven) } }
    struct Sin: FloatMap { func callAsFunction<T: Elementary>(_ x: T) -> T { T.sin(x) } }
    struct Cos: FloatMap { func callAsFunction<T: Elementary>(_ x: T) -> T { T.cos(x) } }
    struct Tan: FloatMap { func callAsFunction<T: Elementary>(_ x: T) -> T { T.tan(x) } }
    struct Asin: FloatMap { func callAsFunction<T: Elementary>(_ x: T) -> T { T.asin(x) } }
    struct Acos: FloatMap { func callAsFunction<T: Elementary>(_ x: T) -> T { T.acos(x) } }
    struct Atan: FloatMap { func callAsFunction<T: Elementary>(_ x: T) -> T { T.atan(x) } }
    struct Sinh: FloatMap { func callAsFunction<T: Elementary>(_ x: T) -> T { T.sinh(x) } }
    struct Cosh: FloatMap { func callAsFunction<T: Elementary>(_ x: T) -> T { T.cosh(x) } }
    struct Asinh: FloatMap { func callAsFunction<T: Elementary>(_ x: T) -> T { T.asinh(x) } }
    struct Acosh: FloatMap { func callAsFunction<T: Elementary>(_ x: T) -> T { T.acosh(x) } }
    struct Atanh: FloatMap { func callAsFunction<T: Elementary>(_ x: T) -> T { T.atanh(x) } }
    struct Tanh: FloatMap { func callAsFunction<T: Elementary>(_ x: T) -> T { T.tanh(x) } }
    struct Erf: FloatMap { func callAsFunction<T: Elementary>(_ x: T) -> T { T.erf(x) } }
    struct Sigmoid: FloatMap { func callAsFunction<T: Elementary>(_ x: T) -> T { 1 / (1 + T.exp(-x)) } }
    /// log(1 + exp(x)), in a form that does not overflow.
    struct Softplus: FloatMap {
        func callAsFunction<T: Elementary>(_ x: T) -> T { T.larger(x, 0) + T.log1p(T.exp(-T.magnitude(x))) }
    }
    struct Softsign: FloatMap { func callAsFunction<T: Elementary>(_ x: T) -> T { x / (1 + T.magnitude(x)) } }
    struct Relu: FloatMap { func callAsFunction<T: Elementary>(_ x: T) -> T { T.larger(x, 0) } }

    struct LeakyRelu: FloatMap {
        let alpha: Float
        func callAsFunction<T: Elementary>(_ x: T) -> T { x < 0 ? T(alpha) * x : x }
    }
    struct ThresholdedRelu: FloatMap {
        let alpha: Float
        func callAsFunction<T: Elementary>(_ x: T) -> T { x > T(alpha) ? x : 0 }
    }
    struct Elu: FloatMap {
        let alpha: Float
        func callAsFunction<T: Elementary>(_ x: T) -> T { x < 0 ? T(alpha) * T.expm1(x) : x }
    }
    struct Celu: FloatMap {
        let alpha: Float
        func callAsFunction<T: Elementary>(_ x: T) -> T { x < 0 ? T(alpha) * T.expm1(x / T(alpha)) : x }
    }
    struct Selu: FloatMap {
        let alpha: Float
        let gamma: Float
        func callAsFunction<T: Elementary>(_ x: T) -> T { T(gamma) * (x < 0 ? T(alpha) * T.expm1(x) : x) }
    }
    struct HardSigmoid: FloatMap {
        let alpha: Float
        let beta: Float
        func callAsFunction<T: Elementary>(_ x: T) -> T { T.larger(0, T.smaller(1, T(alpha) * x + T(beta))) }
    }
    struct HardSwish: FloatMap {
        func callAsFunction<T: Elementary>(_ x: T) -> T { x * T.larger(0, T.smaller(1, x / 6 + 0.5)) }
    }
    struct Swish: FloatMap {
        let alpha: Float
        func callAsFunction<T: Elementary>(_ x: T) -> T { x / (1 + T.exp(-T(alpha) * x)) }
    }
    struct Mish: FloatMap {
        func callAsFunction<T: Elementary>(_ x: T) -> T { x * T.tanh(Softplus()(x)) }
    }
    /// x Phi(x), by the error function.
    struct Gelu: FloatMap {
        func callAsFunction<T: Elementary>(_ x: T) -> T {
            x * (1 + T.erf(x * 0.707_106_781_186_547_6)) / 2
        }
    }
    /// The approximation with tanh; 0.7978... is the square root of 2/pi.
    struct GeluTanh: FloatMap {
        func callAsFunction<T: Elementary>(_ x: T) -> T {
            x * (1 + T.tanh(0.797_884_560_802_865_4 * (x + 0.044715 * x * x * x))) / 2
        }
    }
    struct Shrink: FloatMap {
        let bias: Float
        let lambda: Float
        func callAsFunction<T: Elementary>(_ x: T) -> T {
            x < -T(lambda) ? x + T(bias) : x > T(lambda) ? x - T(bias) : 0
        }
    }
}
