internal import JSON

/// A piecewise-linear, non-decreasing map from a network's output to an intensity, constant beyond its ends.
struct CalibrationCurve: Sendable, Equatable {
    let x: [Float]
    let y: [Float]

    /// Reads `{"x": [...], "y": [...]}`.
    init(_ field: ExpressionField) throws(ExpressionError) {
        x = try Self.numbers(field, "x")
        y = try Self.numbers(field, "y")
        guard x.count == y.count, !x.isEmpty else {
            throw field.failure("has \(x.count) values in x and \(y.count) in y, where as many of both are expected")
        }
        guard zip(x, x.dropFirst()).allSatisfy({ $0 < $1 }) else {
            throw field.failure("has values in x that do not increase")
        }
        guard zip(y, y.dropFirst()).allSatisfy({ $0 <= $1 }) else {
            throw field.failure("has values in y that decrease")
        }
    }

    private static func numbers(_ field: ExpressionField, _ key: String) throws(ExpressionError) -> [Float] {
        var values: [Float] = []
        for element in try field.array(key) { values.append(Float(try element.number())) }
        return values
    }

    func callAsFunction(_ value: Float) -> Float {
        guard let upper = x.firstIndex(where: { $0 > value }) else { return y[y.count - 1] }
        guard upper > 0 else { return y[0] }
        let share = (value - x[upper - 1]) / (x[upper] - x[upper - 1])
        return y[upper - 1] + share * (y[upper] - y[upper - 1])
    }
}
