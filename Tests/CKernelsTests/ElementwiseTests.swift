import CKernels
import Testing

struct ElementwiseTests {
    /// Lengths around every vector's width, and one long enough for several.
    static let lengths = Array(1...35) + [257]

    /// Numbers of every size that a function takes, and its ends.
    static func arguments(_ random: inout Random, _ count: Int, _ range: ClosedRange<Float>) -> [Float] {
        (0..<count).map { index in
            switch index {
            case 0: range.lowerBound
            case 1: range.upperBound
            default: range.lowerBound + (random.float() + 1) / 2 * (range.upperBound - range.lowerBound)
            }
        }
    }

    @Test func unaryFunctionsAreAsExactAsTheyPromise() {
        // The errors that nf_elementwise.h promises: relative to the result, and absolute.
        let cases:
            [(nf_unary_op, ClosedRange<Float>, relative: Double, absolute: Double, @Sendable (Double) -> Double)] = [
                (NF_EXP, -87...88, 3e-7, 0, { exp($0) }),
                (NF_LOG, 1e-30...1e30, 1e-6, 1e-6, { log($0) }),
                (NF_LOG, 0.3...3, 1e-6, 1e-6, { log($0) }),
                (NF_TANH, -12...12, 0, 3e-7, { tanh($0) }),
                (NF_SIGMOID, -40...40, 0, 3e-7, { 1 / (1 + exp(-$0)) }),
                (NF_ERF, -6...6, 0, 3e-7, { erf($0) }),
                (NF_GELU, -8...8, 1e-6, 1e-6, { $0 / 2 * (1 + erf($0 / 2.0.squareRoot())) }),
                (NF_SQRT, 0...1e6, 1e-7, 0, { $0.squareRoot() }),
                (NF_RSQRT, 1e-6...1e6, 2e-7, 0, { 1 / $0.squareRoot() }),
                (NF_RECIPROCAL, 1e-6...1e6, 1e-7, 0, { 1 / $0 }),
                (NF_NEG, -1e6...1e6, 0, 0, { -$0 }),
                (NF_ABS, -1e6...1e6, 0, 0, { abs($0) }),
                (NF_SQUARE, -1e6...1e6, 1e-7, 0, { $0 * $0 }),
            ]
        var random = Random(21)
        for (op, range, relative, absolute, function) in cases {
            for count in [1, 7, 16, 33, 2000] {
                let input = Self.arguments(&random, count, range)
                for table in tables {
                    var output = [Float](repeating: 777, count: count + 1)
                    table.pointee.unary(op, count, input, &output)
                    #expect(output[count] == 777, "\(table.name) writes past the end")
                    for (x, y) in zip(input, output) {
                        let expected = function(Double(x))
                        #expect(
                            abs(Double(y) - expected) <= absolute + relative * abs(expected),
                            "\(table.name), function \(op.rawValue) of \(x): \(y), not \(expected)")
                    }
                }
            }
        }
    }

    @Test func functionsKeepToTheirEnds() {
        for table in tables {
            func value(_ op: nf_unary_op, _ x: Float) -> Float {
                var y: Float = 0
                withUnsafePointer(to: x) { table.pointee.unary(op, 1, $0, &y) }
                return y
            }
            #expect(value(NF_EXP, -.infinity) == 0 && value(NF_EXP, .infinity) == .infinity, "\(table.name)")
            #expect(value(NF_EXP, -200) == 0 && value(NF_EXP, 200) == .infinity, "\(table.name)")
            #expect(value(NF_LOG, 0) == -.infinity && value(NF_LOG, .infinity) == .infinity, "\(table.name)")
            #expect(value(NF_LOG, -1).isNaN, "\(table.name)")
            #expect(value(NF_TANH, .infinity) == 1 && value(NF_TANH, -.infinity) == -1, "\(table.name)")
            #expect(value(NF_ERF, 30) == 1 && value(NF_ERF, -30) == -1, "\(table.name)")
            #expect(value(NF_SIGMOID, 200) == 1 && value(NF_SIGMOID, -200) == 0, "\(table.name)")
        }
    }

    @Test func everyActivationIsItsFormula() {
        var random = Random(22)
        let kinds: [nf_activation_kind] = [
            NF_ACT_NONE, NF_ACT_RELU, NF_ACT_CLAMP, NF_ACT_PRELU, NF_ACT_LEAKY, NF_ACT_HARD_SIGMOID,
            NF_ACT_HARD_SWISH, NF_ACT_SIGMOID, NF_ACT_SILU, NF_ACT_TANH, NF_ACT_GELU, NF_ACT_GELU_TANH, NF_ACT_ELU,
        ]
        for kind in kinds {
            for channels in [1, 3, 8, 16, 17, 40] {
                let pixels = random.int(1...9)
                let (inPitch, outPitch) = (channels + random.int(0...3), channels + random.int(0...3))
                let input = random.floats(pixels * inPitch).map { $0 * 6 }
                let slope = random.floats(channels)
                var activation = nf_activation(kind: kind, alpha: 0.2, beta: 0.5, slope: nil)
                if kind == NF_ACT_CLAMP { (activation.alpha, activation.beta) = (-1, 2) }
                let formula = Reference.activation(activation, slope: slope)
                var expected = [Float](repeating: .nan, count: pixels * outPitch)
                for pixel in 0..<pixels {
                    for channel in 0..<channels {
                        expected[pixel * outPitch + channel] = Float(
                            formula(Double(input[pixel * inPitch + channel]), channel))
                    }
                }
                for table in tables {
                    var output = [Float](repeating: .nan, count: pixels * outPitch)
                    slope.withUnsafeBufferPointer { slope in
                        activation.slope = slope.baseAddress
                        table.pointee.activate(&activation, pixels, channels, input, inPitch, &output, outPitch)
                    }
                    #expect(
                        mismatch(output, expected, tolerance: 1e-6) == nil,
                        "\(table.name), activation \(kind.rawValue), \(channels) channels")
                    // Dense, and over its own input.
                    var dense = (0..<pixels).flatMap { input[$0 * inPitch..<$0 * inPitch + channels] }
                    slope.withUnsafeBufferPointer { slope in
                        activation.slope = slope.baseAddress
                        dense.withUnsafeMutableBufferPointer {
                            table.pointee.activate(&activation, pixels, channels, $0.baseAddress, 0, $0.baseAddress, 0)
                        }
                    }
                    let packed = (0..<pixels).flatMap { expected[$0 * outPitch..<$0 * outPitch + channels] }
                    #expect(mismatch(dense, packed, tolerance: 1e-6) == nil, "\(table.name) in place")
                }
            }
        }
    }

    static func value(_ op: nf_binary_op, _ a: Float, _ b: Float) -> Float {
        switch op {
        case NF_ADD: a + b
        case NF_SUB: a - b
        case NF_MUL: a * b
        case NF_DIV: a / b
        case NF_MAX: max(a, b)
        case NF_MIN: min(a, b)
        default: (a - b) * (a - b)
        }
    }

    /// Every way that one operand may repeat: all of it, its rows, or a value for each row.
    @Test func binaryFunctionsMeetByTheirStrides() {
        var random = Random(23)
        let ops = [NF_ADD, NF_SUB, NF_MUL, NF_DIV, NF_MAX, NF_MIN, NF_SQUARED_DIFFERENCE]
        for columns in Self.lengths {
            let op = ops[columns % ops.count]
            let rows = random.int(1...5)
            let shapes = [(columns, 1), (0, 1), (1, 0), (0, 0), (columns + 3, 1)]
            for (aRow, aColumn) in shapes {
                for (bRow, bColumn) in shapes {
                    let a = random.floats(rows * (columns + 3)).map { $0 + 2 }
                    let b = random.floats(rows * (columns + 3)).map { $0 + 2 }
                    let outRow = columns + random.int(0...2)
                    var expected = [Float](repeating: .nan, count: rows * outRow)
                    for row in 0..<rows {
                        for column in 0..<columns {
                            expected[row * outRow + column] = Self.value(
                                op, a[row * aRow + column * aColumn], b[row * bRow + column * bColumn])
                        }
                    }
                    let clamp = nf_activation(kind: NF_ACT_CLAMP, alpha: 0.5, beta: 1.5, slope: nil)
                    for table in tables {
                        var output = [Float](repeating: .nan, count: rows * outRow)
                        table.pointee.binary(
                            op, nil, rows, columns, a, aRow, aColumn, b, bRow, bColumn, &output, outRow)
                        #expect(mismatch(output, expected, tolerance: 1e-6) == nil, "\(table.name) \(op.rawValue)")
                        withUnsafePointer(to: clamp) {
                            table.pointee.binary(
                                op, $0, rows, columns, a, aRow, aColumn, b, bRow, bColumn, &output, outRow)
                        }
                        let clamped = expected.map { $0.isNaN ? $0 : min(max($0, 0.5), 1.5) }
                        #expect(mismatch(output, clamped, tolerance: 1e-6) == nil, "\(table.name) with an activation")
                    }
                }
            }
        }
    }
}
