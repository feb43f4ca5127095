import Inference
import Testing

/// Damaged files: each has to end in an error or in a model that runs, never in a trap.
struct TFLiteFuzzTests {
    static var corpus: [[UInt8]] {
        let image = TinyModel.Tensor(name: "x", shape: [1, 4, 4, 2])
        let weights = TFLiteImporterTests.constant("w", [3, 3, 3, 2], [Float](repeating: 0.1, count: 54))
        let bias = TFLiteImporterTests.constant("b", [3], [1, 2, 3])
        let depthwise = TFLiteImporterTests.constant("d", [1, 3, 3, 2], [Float](repeating: 0.1, count: 18))
        let halves = TinyModel.Tensor(name: "h", shape: [2], type: 1, data: TinyModel.halves([1, 2]))
        let quantized = TinyModel.Tensor(
            name: "q", shape: [2], type: 9, data: [1, 255],
            quantization: .table([2: .floats([0.5, 0.25]), 3: .longs([0, 1]), 6: .int32(0)]))
        let vector = TinyModel.Tensor(name: "v", shape: [2])
        let integers = TFLiteImporterTests.integers
        return [
            TinyModel(
                3, [image, weights, bias], output: [1, 2, 2, 3], options: [1: .int32(2), 2: .int32(2), 3: .int8(1)]
            ).file,
            TinyModel(4, [image, depthwise], output: [1, 4, 4, 2], options: [1: .int32(1), 2: .int32(1)]).file,
            TinyModel(
                17, [image], output: [1, 2, 2, 2],
                options: [1: .int32(2), 2: .int32(2), 3: .int32(2), 4: .int32(2)]
            ).file,
            TinyModel(23, [image, integers("size", [8, 8], nil)], output: [1, 8, 8, 2]).file,
            TinyModel(
                45, [vector, integers("b", [0], nil), integers("e", [2], nil), integers("s", [1], nil)], output: [2]
            ).file,
            TinyModel(2, [vector, vector], output: [4], options: [0: .int32(0)]).file,
            TinyModel(6, [halves], output: [2]).file,
            TinyModel(6, [quantized], output: [2]).file,
            TFLiteImporterTests.sparse([0, 1, 3], [2, 0, 1], [5, 6, 7]).file,
        ]
    }

    /// Loads and, when that succeeds and is small, runs.
    static func survives(_ file: [UInt8]) {
        do throws(InferenceError) {
            let session = try Session(try TFLiteImporterTests.load(file))
            if session.byteCount < 1 << 22 { try session.run() }
        } catch {
            #expect(!error.message.isEmpty)
        }
    }

    @Test func everyWholeFileLoads() throws {
        for file in Self.corpus { _ = try Session(try TFLiteImporterTests.load(file)) }
    }

    @Test func everyTruncationEndsInAnError() {
        for file in Self.corpus {
            for length in 0..<file.count { Self.survives(Array(file[..<length])) }
        }
    }

    @Test func everyByteMayBeWrong() {
        for file in Self.corpus {
            for index in file.indices {
                for value: UInt8 in [0, 1, 0x7f, 0x80, 0xff] {
                    var damaged = file
                    damaged[index] = value
                    Self.survives(damaged)
                }
            }
        }
    }

    @Test func severalBytesMayBeWrong() {
        var state: UInt64 = 88_172_645_463_325_252
        func next(_ limit: Int) -> Int {
            state ^= state << 13
            state ^= state >> 7
            state ^= state << 17
            return Int(state % UInt64(limit))
        }
        for file in Self.corpus {
            for _ in 0..<600 {
                var damaged = file
                for _ in 0..<1 + next(6) { damaged[next(file.count)] = UInt8(next(256)) }
                Self.survives(damaged)
            }
        }
    }
}
