internal import Glibc

/// Arithmetic common to all elements, with ONNX's meaning: integers wrap around, and integer division by zero gives zero instead
/// of ending the program, because the divisor comes from outside.
protocol Scalar: TensorElement, Comparable {
    static var zero: Self { get }
    static var one: Self { get }
    init(double: Double)
    var double: Double { get }
    static func sum(_ a: Self, _ b: Self) -> Self
    static func difference(_ a: Self, _ b: Self) -> Self
    static func product(_ a: Self, _ b: Self) -> Self
    static func quotient(_ a: Self, _ b: Self) -> Self
    /// The remainder with the divisor's sign.
    static func floorRemainder(_ a: Self, _ b: Self) -> Self
    /// The remainder with the dividend's sign.
    static func truncatedRemainder(_ a: Self, _ b: Self) -> Self
    static func power(_ a: Self, _ b: Double) -> Self
    static func smaller(_ a: Self, _ b: Self) -> Self
    static func larger(_ a: Self, _ b: Self) -> Self
    static func negated(_ a: Self) -> Self
    static func magnitude(_ a: Self) -> Self
    static func signum(_ a: Self) -> Self
    /// The largest or the smallest value there is, infinite for floats.
    static func extreme(largest: Bool) -> Self
}

extension Scalar where Self: BinaryFloatingPoint {
    static var one: Self { 1 }
    @inline(__always) static func sum(_ a: Self, _ b: Self) -> Self { a + b }
    @inline(__always) static func difference(_ a: Self, _ b: Self) -> Self { a - b }
    @inline(__always) static func product(_ a: Self, _ b: Self) -> Self { a * b }
    @inline(__always) static func quotient(_ a: Self, _ b: Self) -> Self { a / b }
    // NaN wins, as in NumPy.
    @inline(__always) static func smaller(_ a: Self, _ b: Self) -> Self { a < b || a != a ? a : b }
    @inline(__always) static func larger(_ a: Self, _ b: Self) -> Self { a > b || a != a ? a : b }
    @inline(__always) static func negated(_ a: Self) -> Self { -a }
    @inline(__always) static func magnitude(_ a: Self) -> Self { Swift.abs(a) }
    @inline(__always) static func signum(_ a: Self) -> Self { a > 0 ? 1 : a < 0 ? -1 : a }
    static func extreme(largest: Bool) -> Self { largest ? infinity : -infinity }
    static func truncatedRemainder(_ a: Self, _ b: Self) -> Self { a.truncatingRemainder(dividingBy: b) }
    static func floorRemainder(_ a: Self, _ b: Self) -> Self {
        let remainder = a.truncatingRemainder(dividingBy: b)
        return remainder != 0 && (remainder < 0) != (b < 0) ? remainder + b : remainder
    }
}

extension Float: Scalar {
    @inline(__always) init(double: Double) { self = Float(double) }
    @inline(__always) var double: Double { Double(self) }
    static func power(_ a: Float, _ b: Double) -> Float { b == 2 ? a * a : powf(a, Float(b)) }
}

extension Double: Scalar {
    @inline(__always) init(double: Double) { self = double }
    @inline(__always) var double: Double { self }
    static func power(_ a: Double, _ b: Double) -> Double { pow(a, b) }
}

extension Scalar where Self: FixedWidthInteger {
    static var one: Self { 1 }
    /// Truncates toward zero; what does not fit wraps like a conversion in C of the widest integer, NaN is zero.
    init(double: Double) {
        if double >= 9_223_372_036_854_775_808 {
            self = Self(truncatingIfNeeded: UInt64(exactly: double.rounded(.towardZero)) ?? .max)
        } else if double >= -9_223_372_036_854_775_808 {
            self = Self(truncatingIfNeeded: Int64(double))
        } else {
            self = double.isNaN ? 0 : Self(truncatingIfNeeded: Int64.min)
        }
    }
    @inline(__always) var double: Double { Double(self) }
    @inline(__always) static func sum(_ a: Self, _ b: Self) -> Self { a &+ b }
    @inline(__always) static func difference(_ a: Self, _ b: Self) -> Self { a &- b }
    @inline(__always) static func product(_ a: Self, _ b: Self) -> Self { a &* b }
    @inline(__always) static func quotient(_ a: Self, _ b: Self) -> Self {
        b == 0 ? 0 : a.dividedReportingOverflow(by: b).partialValue
    }
    @inline(__always) static func smaller(_ a: Self, _ b: Self) -> Self { a < b ? a : b }
    @inline(__always) static func larger(_ a: Self, _ b: Self) -> Self { a > b ? a : b }
    @inline(__always) static func negated(_ a: Self) -> Self { 0 &- a }
    @inline(__always) static func magnitude(_ a: Self) -> Self { a < 0 ? 0 &- a : a }
    @inline(__always) static func signum(_ a: Self) -> Self { a > 0 ? 1 : a < 0 ? 0 &- 1 : 0 }
    static func extreme(largest: Bool) -> Self { largest ? .max : .min }
    static func truncatedRemainder(_ a: Self, _ b: Self) -> Self {
        b == 0 ? 0 : a.remainderReportingOverflow(dividingBy: b).partialValue
    }
    static func floorRemainder(_ a: Self, _ b: Self) -> Self {
        let remainder = truncatedRemainder(a, b)
        return remainder != 0 && (remainder < 0) != (b < 0) ? remainder &+ b : remainder
    }
    static func power(_ a: Self, _ b: Double) -> Self { Self(double: pow(Double(a), b)) }
}

// The narrow ones take part in conversions only.
extension UInt8: Scalar {}
extension Int8: Scalar {}
extension UInt16: Scalar {}
extension Int16: Scalar {}
extension UInt32: Scalar {}
extension Int32: Scalar {}
extension UInt64: Scalar {}
extension Int64: Scalar {}

/// Code that is generic over the element type, made special for each type by `dispatch`.
protocol ScalarBody {
    associatedtype Result
    func make<T: Scalar>(_ type: T.Type) -> Result
}

/// Runs a body for an element type; nil for bool and the narrow types, which `Widening` has widened before.
func dispatch<Body: ScalarBody>(_ type: DataType, _ body: Body) -> Body.Result? {
    switch type {
    case .float32: body.make(Float.self)
    case .float64: body.make(Double.self)
    case .uint32: body.make(UInt32.self)
    case .int32: body.make(Int32.self)
    case .uint64: body.make(UInt64.self)
    case .int64: body.make(Int64.self)
    default: nil
    }
}
