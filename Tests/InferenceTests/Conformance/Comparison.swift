import Inference

/// Compares tensors as NumPy's `assert_allclose` does.
enum Comparison {
    /// The first element that differs, or nil.
    static func difference(_ actual: Tensor, _ expected: Tensor, relative: Double, absolute: Double) -> String? {
        guard let a = actual.doubles, let b = expected.doubles else {
            let (a, b) = (actual.integers ?? [], expected.integers ?? [])
            guard let index = a.indices.first(where: { a[$0] != b[$0] }) else { return nil }
            return "element \(index) is \(a[index]), not \(b[index])"
        }
        // Two steps of the type, as the official runner allows.
        let relative = actual.type == .bfloat16 ? max(relative, 1.0 / 64) : relative
        for index in a.indices where !close(a[index], b[index], relative, absolute) {
            return "element \(index) is \(a[index]), not \(b[index])"
        }
        return nil
    }

    private static func close(_ a: Double, _ b: Double, _ relative: Double, _ absolute: Double) -> Bool {
        if a.isNaN || b.isNaN { return a.isNaN && b.isNaN }
        if a.isInfinite || b.isInfinite { return a == b }
        return abs(a - b) <= absolute + relative * abs(b)
    }
}
