import CKernels
import Testing

struct RowTests {
    @Test func softmaxSumsToOneAndFollowsItsFormula() {
        var random = Random(31)
        for columns in ElementwiseTests.lengths {
            let rows = random.int(1...4)
            // Far from zero: without taking the largest off first, the exponentials would overflow.
            let input = random.floats(rows * columns).map { $0 * 8 + 300 }
            var expected: [Float] = []
            for row in 0..<rows {
                let values = input[row * columns..<(row + 1) * columns].map { Double($0) }
                let top = values.max() ?? 0
                let powers = values.map { exp($0 - top) }
                let sum = powers.reduce(0, +)
                expected += powers.map { Float($0 / sum) }
            }
            for table in tables {
                var output = [Float](repeating: .nan, count: rows * columns)
                table.pointee.softmax(rows, columns, input, &output)
                #expect(mismatch(output, expected, tolerance: 1e-6) == nil, "\(table.name), \(columns) columns")
                var own = input
                own.withUnsafeMutableBufferPointer {
                    table.pointee.softmax(rows, columns, $0.baseAddress, $0.baseAddress)
                }
                #expect(own == output, "\(table.name) in place")
            }
        }
    }

    @Test func layerNormFollowsItsFormula() {
        var random = Random(32)
        for columns in ElementwiseTests.lengths {
            let rows = random.int(1...4)
            let input = random.floats(rows * columns).map { $0 * 3 + 5 }
            let scale = columns % 3 == 0 ? nil : random.floats(columns)
            let bias = columns % 3 == 1 ? nil : random.floats(columns)
            var expected: [Float] = []
            for row in 0..<rows {
                let values = input[row * columns..<(row + 1) * columns].map { Double($0) }
                let mean = values.reduce(0, +) / Double(columns)
                let variance = values.map { ($0 - mean) * ($0 - mean) }.reduce(0, +) / Double(columns)
                for (column, x) in values.enumerated() {
                    let normal = (x - mean) / (variance + 1e-3).squareRoot()
                    expected.append(Float(normal * Double(scale?[column] ?? 1) + Double(bias?[column] ?? 0)))
                }
            }
            for table in tables {
                var output = [Float](repeating: .nan, count: rows * columns)
                scale.withPointer { scale in
                    bias.withPointer { bias in
                        table.pointee.layer_norm(rows, columns, 1e-3, scale, bias, input, &output)
                    }
                }
                #expect(mismatch(output, expected, tolerance: 2e-5) == nil, "\(table.name), \(columns) columns")
            }
        }
    }

    @Test func reductionsAreThoseOfTheirNames() {
        var random = Random(33)
        for op in [NF_REDUCE_SUM, NF_REDUCE_MEAN, NF_REDUCE_MAX, NF_REDUCE_MIN, NF_REDUCE_SUM_SQUARE] {
            for round in 0..<80 {
                let (outer, reduced) = (random.int(1...3), random.int(1...40))
                let inner = round % 2 == 0 ? 1 : random.int(2...40)
                let input = random.floats(outer * reduced * inner)
                var expected: [Float] = []
                for o in 0..<outer {
                    for i in 0..<inner {
                        let values = (0..<reduced).map { Double(input[(o * reduced + $0) * inner + i]) }
                        switch op {
                        case NF_REDUCE_SUM: expected.append(Float(values.reduce(0, +)))
                        case NF_REDUCE_MEAN: expected.append(Float(values.reduce(0, +) / Double(reduced)))
                        case NF_REDUCE_MAX: expected.append(Float(values.max() ?? 0))
                        case NF_REDUCE_MIN: expected.append(Float(values.min() ?? 0))
                        default: expected.append(Float(values.reduce(0) { $0 + $1 * $1 }))
                        }
                    }
                }
                for table in tables {
                    var output = [Float](repeating: .nan, count: outer * inner)
                    table.pointee.reduce(op, outer, reduced, inner, input, &output)
                    #expect(
                        mismatch(output, expected, tolerance: 2e-6) == nil,
                        "\(table.name), reduction \(op.rawValue) of [\(outer), \(reduced), \(inner)]")
                }
            }
        }
    }

    /// Plain and transposed matrices, written over or added to, up to depths that pass in parts.
    @Test func productsOfTwoMatricesAreTheirSums() {
        var random = Random(35)
        for round in 0..<120 {
            let (rows, columns) = (random.int(1...30), random.int(1...40))
            let depth = round % 10 == 0 ? random.int(250...600) : random.int(1...40)
            let (a, b) = (random.floats(rows * depth), random.floats(depth * columns))
            let aStrides = round % 2 == 0 ? (depth, 1) : (1, rows)
            let bStrides = round % 4 < 2 ? (columns, 1) : (1, depth)
            let pitch = columns + random.int(0...3)
            let accumulates = round % 3 == 0
            var before = random.floats(rows * pitch)
            var expected = [Float](repeating: .nan, count: rows * pitch)
            for r in 0..<rows {
                for c in 0..<pitch where c >= columns { before[r * pitch + c] = .nan }
                for c in 0..<columns {
                    var sum = accumulates ? Double(before[r * pitch + c]) : 0
                    for k in 0..<depth {
                        sum += Double(a[r * aStrides.0 + k * aStrides.1]) * Double(b[k * bStrides.0 + c * bStrides.1])
                    }
                    expected[r * pitch + c] = Float(sum)
                }
            }
            for table in tables {
                var output = before
                table.pointee.matmul(
                    rows, columns, depth, a, aStrides.0, aStrides.1, b, bStrides.0, bStrides.1, accumulates, &output,
                    pitch)
                #expect(
                    mismatch(output, expected, tolerance: 2e-5) == nil, "\(table.name), \(rows) \(columns) \(depth)")
            }
        }
    }

    @Test func transposeExchangesRowsAndColumns() {
        var random = Random(34)
        for _ in 0..<60 {
            let (batch, rows, columns) = (random.int(1...3), random.int(1...40), random.int(1...40))
            let input = random.floats(batch * rows * columns)
            var expected = input
            for b in 0..<batch {
                for r in 0..<rows {
                    for c in 0..<columns {
                        expected[(b * columns + c) * rows + r] = input[(b * rows + r) * columns + c]
                    }
                }
            }
            for table in tables {
                var output = [Float](repeating: .nan, count: input.count)
                table.pointee.transpose(batch, rows, columns, input, &output)
                #expect(output == expected, "\(table.name), \(batch) of \(rows) by \(columns)")
            }
        }
    }

    @Test func everyHalfBecomesItsFloat() {
        let halves = (0...UInt16.max).map { $0 }
        for table in tables {
            var floats = [Float](repeating: .nan, count: halves.count)
            table.pointee.half_to_float(halves.count, halves, &floats)
            for (bits, float) in zip(halves, floats) {
                let expected = Float(Float16(bitPattern: bits))
                let same = expected.isNaN ? float.isNaN : float == expected && float.sign == expected.sign
                #expect(same, "\(table.name), \(bits)")
                if !same { break }
            }
        }
    }
}

extension Optional<[Float]> {
    /// The elements' address, nil without an array.
    func withPointer(_ body: (UnsafePointer<Float>?) -> Void) {
        guard let array = self else { return body(nil) }
        array.withUnsafeBufferPointer { body($0.baseAddress) }
    }
}
