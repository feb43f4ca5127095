import Inference
import Platform
import SystemPackage
import TestSupport
import Testing

/// Damaged files: each has to end in an error or in a model that runs, never in a trap.
struct ONNXFuzzTests {
    typealias Node = TinyONNX.Node
    typealias Constant = TinyONNX.Constant

    /// Small models that between them use every kind of field and many operators' shape arithmetic.
    static var corpus: [[UInt8]] {
        let image: (String, [Int?]) = ("x", [1, 4, 4, 4])
        let halves: [(String, TinyONNX.Attribute)] = [("kernel_shape", .ints([2, 2])), ("strides", .ints([2, 2]))]
        func shaped(_ op: String, _ integers: [Int], _ attributes: [(String, TinyONNX.Attribute)] = []) -> TinyONNX {
            TinyONNX(op, [("x", [2, 3, 4])], [Constant("i", integers: integers)], attributes)
        }
        var split = shaped("Split", [1, 2], [("axis", .int(1))])
        split.nodes[0].outputs = ["y", "z"]
        split.outputs = ["y", "z"]
        return [
            ONNXImporterTests.small,
            TinyONNX(
                "AveragePool", [image], [], halves + [("count_include_pad", .int(1)), ("pads", .ints([1, 0, 1, 0]))]),
            TinyONNX(
                "ConvTranspose", [image], [Constant("w", [4, 2, 2, 2], [Float](repeating: 1, count: 32))],
                [("strides", .ints([2, 2])), ("group", .int(1))]),
            TinyONNX(
                "Conv", [image], [Constant("w", [4, 1, 3, 3], [Float](repeating: 1, count: 36))],
                [("group", .int(4)), ("dilations", .ints([1, 1])), ("auto_pad", .string("SAME_UPPER"))]),
            TinyONNX(
                "Resize", [image], [Constant("roi", [0], []), Constant("s", [4], [1, 1, 2, 2])],
                [("mode", .string("linear"))]),
            TinyONNX("DepthToSpace", [image], [], [("blocksize", .int(2))]),
            TinyONNX(
                "LayerNormalization", [("x", [2, 8])], [Constant("s", [8], [Float](repeating: 1, count: 8))],
                [("axis", .int(-1))]),
            TinyONNX(
                "Gemm", [("x", [2, 3])], [Constant("w", [4, 3], [Float](repeating: 1, count: 12))],
                [("transB", .int(1)), ("alpha", .float(2))]),
            TinyONNX("MatMul", [("x", [2, 2, 3])], [Constant("w", [3, 2], [1, 2, 3, 4, 5, 6])]),
            TinyONNX("Softmax", [("x", [2, 3])], [], [("axis", .int(1))]),
            TinyONNX("Transpose", [("x", [2, 3, 4])], [], [("perm", .ints([2, 0, 1]))]),
            TinyONNX("Concat", [("x", [2, 3]), ("z", [2, 3])], [], [("axis", .int(1))]),
            shaped("Reshape", [4, -1]), shaped("Pad", [0, 1, 0, 0, 1, 2], [("mode", .string("reflect"))]),
            shaped("Gather", [1, 0, -1], [("axis", .int(1))]), shaped("ReduceSum", [0, 2], [("keepdims", .int(0))]),
            shaped("Unsqueeze", [0, 2]), shaped("Expand", [2, 1, 3, 4]), shaped("Tile", [1, 2, 1]),
            shaped("TopK", [2], [("axis", .int(2))]), split,
            TinyONNX(
                "Slice", [("x", [6, 5])],
                [
                    Constant("a", integers: [1, 4]), Constant("b", integers: [5, 0]), Constant("c", integers: [0, 1]),
                    Constant("d", integers: [2, -1]),
                ]),
            TinyONNX("ConstantOfShape", [], [Constant("i", integers: [2, 3])]),
            TinyONNX("Einsum", [("x", [2, 3]), ("z", [3, 4])], [], [("equation", .string("ij,jk->ik"))]),
        ].map(\.file)
    }

    /// The files kept from the fuzzer of the package `Fuzzing`: both kinds, by folder.
    static let kept = Paths.fixtures.appending("fuzz/models")

    /// Loads and runs, within 4 MB.
    static func survives(_ file: [UInt8]) {
        do throws(InferenceError) {
            let session = try Session(try TFLiteImporterTests.load(file), maximumBytes: 1 << 22)
            try session.run()
        } catch {
            #expect(!error.message.isEmpty)
        }
    }

    @Test func everyWholeFileLoads() throws {
        for (index, file) in Self.corpus.enumerated() {
            #expect(throws: Never.self, "file \(index)") { _ = try Session(try TFLiteImporterTests.load(file)) }
        }
    }

    @Test func everyTruncationEndsInAnError() {
        for file in Self.corpus {
            for length in 0..<file.count { Self.survives(Array(file[..<length])) }
        }
    }

    @Test func everyByteMayBeWrong() {
        for file in Self.corpus {
            for index in file.indices {
                for value: UInt8 in [0, 1, 0x7f, 0x80, 0xff] where file[index] != value {
                    var damaged = file
                    damaged[index] = value
                    Self.survives(damaged)
                }
            }
        }
    }

    @Test func severalDamagesMayMeet() {
        var mutations = Mutations()
        for file in Self.corpus {
            for _ in 0..<500 { Self.survives(mutations.damaged(file)) }
        }
    }

    @Test(.enabled(if: Files.exists(kept), "no kept files"))
    func whatTheFuzzerFoundIsMended() throws {
        var mutations = Mutations(seed: 1234567)
        for kind in ["onnx", "tflite"] {
            let folder = Self.kept.appending(kind)
            for name in try Files.list(folder).sorted() {
                let file = try Files.read(folder.appending(name))
                Self.survives(file)
                for _ in 0..<50 { Self.survives(mutations.damaged(file)) }
            }
        }
    }
}

/// What the fuzzer found, told one by one.
struct ONNXFindingTests {
    typealias Constant = TinyONNX.Constant

    private static func session(_ model: TinyONNX) throws -> Session {
        try Session(try TFLiteImporterTests.load(model.file), maximumBytes: 1 << 22)
    }

    /// An output without elements was walked row by row, of which there may be half a thousand million.
    @Test(arguments: [("nearest", 262_144), ("linear", 2048)])
    func anEmptyOutputTakesNoTime(mode: String, scale: Int) throws {
        let model = TinyONNX(
            "Resize", [("x", [1, 87, 4, 4])],
            [Constant("roi", [0], []), Constant("s", [4], [Float(scale), 1.78125, 2, 1e-30])], [("mode", .string(mode))]
        )
        let session = try Self.session(model)
        let start = ContinuousClock.now
        for _ in 0..<10 { try session.run() }
        #expect(ContinuousClock.now - start < .milliseconds(500))
        #expect(try session.shape(of: "y") == [scale, 154, 8, 0])
    }

    /// Windows were walked position by position, also where there is no input under them.
    @Test(arguments: ["MaxPool", "AveragePool", "LpPool"])
    func aWindowOfMillionsOverAFewElementsTakesNoTime(op: String) throws {
        let model = TinyONNX(
            op, [("x", [1, 1, 2, 3])], [],
            [("kernel_shape", .ints([16_000_000, 3])), ("auto_pad", .string("SAME_UPPER"))])
        let session = try Self.session(model)
        _ = try session.input("x").update(fromContentsOf: [1, 2, 3, 4, 5, 6])
        let start = ContinuousClock.now
        try session.run()
        #expect(ContinuousClock.now - start < .milliseconds(500))
        let output = Array(try session.output("y"))
        if op == "MaxPool" { #expect(output == [5, 6, 6, 5, 6, 6]) }
        if op == "AveragePool" { #expect(output == [3, 3.5, 4, 3, 3.5, 4]) }
    }

    /// The passes' own operators believe what they are told.
    @Test func aFileHasNoBusinessWithTheEnginesOwnOperators() throws {
        var model = TinyONNX("Activate", [("x", [1, 4])], [], [("kind", .string("Relu"))])
        model.nodes[0].domain = "norface"
        model.domains = ["norface"]
        let error = #expect(throws: InferenceError.self) { try Self.session(model) }
        #expect(error?.code == .unsupportedOperator)
        #expect(error?.message.contains("Activate") == true && error?.message.contains("own") == true)
    }

    /// The position of an element became an index, which what is not a number cannot.
    @Test(arguments: ["nearest", "linear"], [Float.nan, .infinity, -1e30])
    func aRegionThatIsNoneIsRefused(mode: String, value: Float) throws {
        let model = TinyONNX(
            "Resize", [("x", [1, 1, 4, 4])],
            [Constant("roi", [8], [0, 0, value, 0, 1, 1, 1, 1]), Constant("s", [4], [1, 1, 2, 2])],
            [("mode", .string(mode)), ("coordinate_transformation_mode", .string("tf_crop_and_resize"))])
        let error = #expect(throws: InferenceError.self) { try Self.session(model) }
        #expect(error?.code == .invalidNode)
        #expect(error?.message.contains("Resize") == true && error?.message.contains("region") == true)
    }

    /// Tables of where each element comes from were made before it was known that there is no room for the elements.
    @Test func aPadBeyondTheLimitIsRefusedBeforeItIsWorkedOut() throws {
        let model = TinyONNX(
            "Pad", [("x", [2, 3])], [Constant("p", integers: [0, 0, 0, 16_000_000])], [("mode", .string("reflect"))])
        let start = ContinuousClock.now
        let error = #expect(throws: InferenceError.self) { try Self.session(model) }
        #expect(error?.code == .tooLarge)
        #expect(ContinuousClock.now - start < .milliseconds(500))
    }

    /// The number of steps from one to a very large number by minus eight is below every integer.
    @Test func aRangeThatLeadsAwayIsEmpty() throws {
        let ends = [Constant("a", [], [1]), Constant("b", [], [2e22]), Constant("c", [], [-8.4])]
        #expect(try Self.session(TinyONNX("Range", [], ends)).shape(of: "y") == [0])
    }

    /// A filter that is stretched by one over the scale had more taps than there are integers.
    @Test(arguments: [1e-30, 1e-37, 0] as [Float])
    func aScaleNextToNothingLeavesNothing(scale: Float) throws {
        let model = TinyONNX(
            "Resize", [("x", [1, 1, 4, 4])],
            [Constant("roi", [0], []), Constant("s", [4], [1, 1, scale, 1])],
            [("mode", .string("linear")), ("antialias", .int(1))])
        #expect(try Self.session(model).shape(of: "y") == [1, 1, 0, 4])
    }
}
