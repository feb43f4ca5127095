/// Arithmetic on numbers that a model's file chose: extents, strides, pads, counts and offsets.
///
/// What does not fit is an error that says which number it was; it never traps and never wraps.
package enum Checked {
    /// A number as another type of integer.
    /// - Throws: `tooLarge` when it does not fit.
    package static func convert<T: FixedWidthInteger>(
        _ value: Int, to _: T.Type = T.self, _ what: @autoclosure () -> String
    ) throws(InferenceError) -> T {
        guard let converted = T(exactly: value) else { throw tooLarge("\(what()) of \(value)") }
        return converted
    }

    /// A whole number as an integer.
    /// - Throws: `tooLarge` when it is outside the range, infinite or not a number.
    package static func int(
        _ value: Double, in range: ClosedRange<Int>, _ what: @autoclosure () -> String
    ) throws(InferenceError) -> Int {
        guard let converted = Int(exactly: value), range.contains(converted) else {
            throw tooLarge("\(what()) of \(value)")
        }
        return converted
    }

    /// The product of factors, each of which may be any number; a zero among them makes it zero, whatever the others are.
    /// - Throws: `tooLarge` when it is beyond `limit` or below zero.
    package static func product(
        _ factors: [Int], limit: Int = .max, _ what: @autoclosure () -> String
    ) throws(InferenceError) -> Int {
        guard let product = product(factors), product >= 0, product <= limit else {
            throw tooLarge("\(what()) of \(factors.map(String.init).joined(separator: " times "))")
        }
        return product
    }

    /// The product of factors, nil where an integer does not hold it.
    package static func product(_ factors: [Int]) -> Int? {
        if factors.contains(0) { return 0 }
        var product = 1
        for factor in factors {
            let (next, overflow) = product.multipliedReportingOverflow(by: factor)
            if overflow { return nil }
            product = next
        }
        return product
    }

    /// The sum of terms.
    /// - Throws: `tooLarge` when it is beyond `limit` or an integer does not hold it.
    package static func sum(
        _ terms: [Int], limit: Int = .max, _ what: @autoclosure () -> String
    ) throws(InferenceError) -> Int {
        var sum = 0
        for term in terms {
            let (next, overflow) = sum.addingReportingOverflow(term)
            guard !overflow else { throw tooLarge("\(what()) of \(terms)") }
            sum = next
        }
        guard sum <= limit else { throw tooLarge("\(what()) of \(sum); the limit is \(limit)") }
        return sum
    }

    private static func tooLarge(_ message: String) -> InferenceError { InferenceError(.tooLarge, message) }
}

/// What reading a model may still take of memory: a file of a few bytes can name one vector a thousand times over, or ask for
/// constants of gigabytes.
package final class ByteAllowance {
    private let limit: Int
    private var left: Int

    package init(_ bytes: Int) {
        limit = bytes
        left = bytes
    }

    /// Takes `count` elements of `size` bytes.
    /// - Throws: `tooLarge` when there is no room left for them.
    package func take(_ count: Int, size: Int = 1, _ what: @autoclosure () -> String) throws(InferenceError) {
        let bytes = try Checked.product([count, size], what())
        guard bytes <= left else {
            throw InferenceError(
                .tooLarge, "\(what()): what the file asks for takes more than \(limit) bytes of memory")
        }
        left -= bytes
    }
}
