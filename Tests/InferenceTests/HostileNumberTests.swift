import Glibc
import Inference
import SystemPackage
import Testing

/// Numbers of a model's file that no model has: each is an error that says where and why, or is computed as it means.
struct HostileNumberTests {
    typealias Constant = TinyONNX.Constant
    typealias Node = TinyONNX.Node

    private static func session(_ model: TinyONNX, bytes: Int = 1 << 22) throws -> Session {
        try Session(try TFLiteImporterTests.load(model.file), maximumBytes: bytes)
    }

    private static func error(_ model: TinyONNX, bytes: Int = 1 << 22) -> InferenceError? {
        #expect(throws: InferenceError.self) { try session(model, bytes: bytes) }
    }

    // MARK: Windows

    /// Kernel times dilation: the padding that follows from it is beyond 32 bits, which the kernels count in.
    @Test(.timeLimit(.minutes(30)), arguments: [1 << 24 - 1, 1 << 23, 1 << 20])
    func aDilationBeyondTheKernelsReachIsComputedAllTheSame(dilation: Int) throws {
        let weights = (0..<301).map { Float($0) }
        let model = TinyONNX(
            "Conv", [("x", [1, 1, 2, 1])], [Constant("w", [1, 1, 301, 1], weights)],
            [("auto_pad", .string("SAME_UPPER")), ("dilations", .ints([dilation, 1]))])
        let session = try Self.session(model)
        _ = try session.input("x").update(fromContentsOf: [1, 2])
        try session.run()
        // Only the tap in the middle lies in the image.
        #expect(Array(try session.output("y")) == [150, 300])
    }

    @Test(.timeLimit(.minutes(30)), arguments: ["MaxPool", "AveragePool"])
    func aPoolingBeyondTheKernelsReachIsComputedAllTheSame(op: String) throws {
        var model = TinyONNX(
            op, [("x", [1, 1, 2, 3])], [],
            [
                ("kernel_shape", .ints([1001, 1])), ("dilations", .ints([1 << 23, 1])),
                ("auto_pad", .string("SAME_UPPER")),
            ])
        model.opset = 19
        let session = try Self.session(model)
        _ = try session.input("x").update(fromContentsOf: [1, 2, 3, 4, 5, 6])
        try session.run()
        #expect(Array(try session.output("y")) == [1, 2, 3, 4, 5, 6])
    }

    /// The elements under one window of three axes are more than an integer counts.
    @Test func aWindowOfMoreElementsThanThereAreNumbersIsRefused() {
        let error = Self.error(
            TinyONNX(
                "AveragePool", [("x", [1, 1, 1, 1, 1])], [],
                [
                    ("kernel_shape", .ints([16_000_000, 16_000_000, 16_000_000])), ("count_include_pad", .int(1)),
                    ("pads", .ints([Int](repeating: 8_000_000, count: 6))),
                ]))
        #expect(error?.code == .tooLarge)
        #expect(error?.message.contains("AveragePool") == true && error?.message.contains("window") == true)
    }

    /// In two axes the count fits an integer, and not the 32 bits of the kernels.
    @Test(.timeLimit(.minutes(30))) func aMeanOverMillionsOfPadsIsTheirMean() throws {
        let model = TinyONNX(
            "AveragePool", [("x", [1, 1, 1, 1])], [],
            [
                ("kernel_shape", .ints([100_000, 100_000])), ("count_include_pad", .int(1)),
                ("pads", .ints([50_000, 50_000, 49_999, 49_999])),
            ])
        let session = try Self.session(model)
        _ = try session.input("x").update(fromContentsOf: [1e10])
        try session.run()
        #expect(Array(try session.output("y")) == [1])
    }

    @Test(arguments: ["Conv", "ConvTranspose"], [Int.max, 1 << 62, .min, -1, 0])
    func groupsWithoutEndAreRefused(op: String, groups: Int) {
        let error = Self.error(
            TinyONNX(
                op, [("x", [1, 4, 2, 2])], [Constant("w", [4, 4, 1, 1], [Float](repeating: 1, count: 16))],
                [("group", .int(groups))]))
        #expect(error?.code == .invalidNode || error?.code == .tooLarge)
        #expect(error?.message.contains("group") == true || error?.message.contains("channels") == true)
    }

    /// Any number divides zero channels.
    @Test func groupsOfNoChannelsAreRefused() {
        let error = Self.error(
            TinyONNX(
                inputs: [("x", [1, 4, 2, 2])],
                constants: [
                    Constant("from", integers: [0]), Constant("to", integers: [0]), Constant("axis", integers: [1]),
                    Constant("w", [0, 4, 1, 1], []),
                ],
                nodes: [
                    Node(op: "Slice", inputs: ["x", "from", "to", "axis"], outputs: ["none"]),
                    Node(
                        op: "ConvTranspose", inputs: ["none", "w"], outputs: ["y"],
                        attributes: [("group", .int(1 << 62))]),
                ], outputs: ["y"]))
        #expect(error?.code == .tooLarge)
    }

    /// A product of no depth never came to its end.
    @Test(.timeLimit(.minutes(30)), arguments: [1, 3])
    func aConvolutionOfNoChannelsIsItsBias(kernel: Int) throws {
        let session = try Self.session(
            TinyONNX(
                inputs: [("x", [1, 4, 2, 2])],
                constants: [
                    Constant("from", integers: [0]), Constant("to", integers: [0]), Constant("axis", integers: [1]),
                    Constant("w", [2, 0, kernel, kernel], []), Constant("b", [2], [5, 6]),
                ],
                nodes: [
                    Node(op: "Slice", inputs: ["x", "from", "to", "axis"], outputs: ["none"]),
                    Node(
                        op: "Conv", inputs: ["none", "w", "b"], outputs: ["y"],
                        attributes: [("auto_pad", .string("SAME_UPPER"))]),
                ], outputs: ["y"]))
        try session.run()
        #expect(Array(try session.output("y")) == [5, 5, 5, 5, 6, 6, 6, 6])
    }

    // MARK: Sizes

    private static func resized(_ sizes: [Int], _ policy: String) -> TinyONNX {
        var model = TinyONNX(
            inputs: [("x", [1, 1, 4, 4])], constants: [Constant("s", integers: sizes)],
            nodes: [
                Node(
                    op: "Resize", inputs: ["x", "", "", "s"], outputs: ["y"],
                    attributes: [("axes", .ints([2, 3])), ("keep_aspect_ratio_policy", .string(policy))])
            ], outputs: ["y"])
        model.opset = 18
        return model
    }

    /// The side that is too long is given up for the other, where the policy says so.
    @Test func theShorterSideMayDecideASize() throws {
        #expect(try Self.session(Self.resized([2, .max], "not_larger")).shape(of: "y") == [1, 1, 2, 2])
    }

    @Test(
        arguments: [[Int.min, 2], [.min, .max], [-1, -1], [.max, .max]], ["not_larger", "not_smaller", "stretch"])
    func sizesWithoutEndAreRefused(sizes: [Int], policy: String) {
        let error = Self.error(Self.resized(sizes, policy))
        #expect(error?.code == .tooLarge || error?.code == .invalidNode)
        #expect(error?.message.contains("Resize") == true)
    }

    @Test(arguments: [Float.nan, .infinity, -1, 1e30])
    func scalesThatAreNoneAreRefused(scale: Float) {
        for mode in ["nearest", "linear", "cubic"] {
            let error = Self.error(
                TinyONNX(
                    "Resize", [("x", [1, 1, 4, 4])],
                    [Constant("roi", [0], []), Constant("s", [4], [1, 1, scale, 1])], [("mode", .string(mode))]))
            #expect(error?.code == .tooLarge, "\(mode)")
        }
    }

    @Test func tilesOfNothingMayBeManyAndTilesOfSomethingMayNot() throws {
        let many = [Int.max, 3, .max]
        let empty = TinyONNX("Tile", [], [Constant("x", [0, 1, 0], []), Constant("r", integers: many)])
        #expect(try Self.session(empty).shape(of: "y") == [0, 3, 0])
        let error = Self.error(TinyONNX("Tile", [("x", [2, 1, 2])], [Constant("r", integers: many)]))
        #expect(error?.message.contains("repeats") == true)
    }

    // MARK: Memory

    /// The weights of a resize take three times the output's bytes, which were not counted.
    @Test func theTablesOfAResizeCountAsItsMemory() throws {
        func model(_ length: Int) -> TinyONNX {
            TinyONNX(
                "Resize", [("x", [1, 1, 4])],
                [Constant("roi", [0], []), Constant("s", [3], [1, 1, Float(length / 4)])],
                [("mode", .string("linear"))])
        }
        let error = Self.error(model(1 << 18))
        #expect(error?.code == .tooLarge)
        #expect(error?.message.contains("take") == true)
        let session = try Self.session(model(1 << 16))
        _ = try session.input("x").update(fromContentsOf: [1, 1, 1, 1])
        try session.run()
        #expect(try session.output("y").allSatisfy { $0 == 1 })
    }

    @Test func theTablesOfACompressCountAsItsMemory() throws {
        func model(_ length: Int) -> TinyONNX {
            TinyONNX("Compress", [("x", [2, length])], [Constant("i", integers: [0, 1])], [("axis", .int(0))])
        }
        #expect(Self.error(model(200_000))?.code == .tooLarge)
        let session = try Self.session(model(1000))
        _ = try session.input("x").update(fromContentsOf: (0..<2000).map { Float($0) })
        try session.run()
        #expect(Array(try session.output("y")) == (1000..<2000).map { Float($0) })
    }

    /// The places of 16 MB of ones take 128.
    @Test func thePlacesOfWhatIsNotZeroCountAsMemory() throws {
        func counted(_ count: Int) -> TinyONNX {
            TinyONNX(
                inputs: [], constants: [Constant("s", integers: [count])],
                nodes: [
                    Node(op: "ConstantOfShape", inputs: ["s"], outputs: ["zeros"]),
                    Node(op: "Cast", inputs: ["zeros"], outputs: ["no"], attributes: [("to", .int(9))]),
                    Node(op: "Not", inputs: ["no"], outputs: ["yes"]),
                    Node(op: "NonZero", inputs: ["yes"], outputs: ["y"]),
                ], outputs: ["y"])
        }
        let error = Self.error(counted(1 << 24), bytes: Session.standardMaximumBytes)
        #expect(error?.code == .tooLarge)
        #expect(error?.message.contains("NonZero") == true)
        #expect(try Self.session(counted(100)).shape(of: "y") == [1, 100])
    }

    @Test func aListOfMillionsDecidesNoShape() throws {
        let error = Self.error(
            TinyONNX(
                inputs: [("x", [2, 3])], constants: [Constant("s", integers: [1 << 21])],
                nodes: [
                    Node(op: "ConstantOfShape", inputs: ["s"], outputs: ["zeros"]),
                    Node(op: "Cast", inputs: ["zeros"], outputs: ["list"], attributes: [("to", .int(7))]),
                    Node(op: "Reshape", inputs: ["x", "list"], outputs: ["y"]),
                ], outputs: ["y"]), bytes: 1 << 26)
        #expect(error?.code == .tooLarge)
        #expect(error?.message.contains("Reshape") == true && error?.message.contains("list") == true)
    }

    @Test func aFileBeyondTheLimitIsNotRead() throws {
        let path = FilePath("/tmp/norface-model-\(getpid()).onnx")
        let file = try FileDescriptor.open(path, .writeOnly, options: .create, permissions: .ownerReadWrite)
        defer { unlink(path.string) }
        // A file of holes: it takes no room on the disk.
        try file.closeAfter { try file.resize(to: Int64(Model.sizeLimit) + 1) }
        let error = #expect(throws: InferenceError.self) { try Model.load(contentsOf: path) }
        #expect(error?.code == .cannotRead)
        #expect(error?.message.hasPrefix(path.string) == true && error?.message.contains("too large") == true)
    }
}

/// The same for TFLite's files.
struct HostileTFLiteTests {
    typealias Value = TinyModel.Value

    /// A file of 60 KB whose 4000 tensors have the one vector of 8000 scales: together they would take 128 MB.
    @Test func aVectorNamedAThousandTimesIsNotReadAThousandTimes() {
        let tensor: Value = .table([
            0: .ints([1]), 1: .int8(0), 3: .string("t"),
            4: .table([2: .floats([Float](repeating: 1, count: 8000))]),
        ])
        let body: Value = .table([0: .repeated(tensor, 4000)])
        let file = FlatBufferWriter.file(
            .table([0: .uint32(3), 1: .tables([]), 2: .tables([body]), 4: .tables([.table([:])])]))
        #expect(file.count < 100_000)
        let error = TFLiteImporterTests.error(file)
        #expect(error?.code == .tooLarge)
        #expect(error?.message.contains("tensor") == true && error?.message.contains("memory") == true)
    }

    /// An axis of nothing was divided into blocks of two thousand million, each of which was walked.
    @Test(.timeLimit(.minutes(30))) func aSparseTensorOfNothingIsNothing() throws {
        func level(_ size: Int32) -> Value { .table([0: .int8(0), 1: .int32(size)]) }
        let sparse = TinyModel.Tensor(
            name: "w", shape: [0, 2], data: [],
            sparsity: .table([
                0: .ints([2, 0, 1]), 1: .ints([0]), 2: .tables([level(2_000_000_000), level(0), level(2)]),
            ]))
        var model = TinyModel(2, [TinyModel.Tensor(name: "x", shape: [1, 2]), sparse], output: [1, 2])
        model.tensors[1].data = [1, 2, 3, 4]
        model.inputs = [0]
        let error = TFLiteImporterTests.error(model.file)
        #expect(error?.code == .malformedModel)
        #expect(error?.message.contains("empty sparse tensor") == true)
    }

    @Test func aDilationOfMillionsIsRefusedOrComputed() {
        for dilation: Int32 in [1 << 20, .max, .min, 0] {
            let model = TinyModel(
                3,
                [
                    TinyModel.Tensor(name: "x", shape: [1, 4, 4, 1]),
                    TFLiteImporterTests.constant("w", [1, 3, 3, 1], [Float](repeating: 1, count: 9)),
                ], output: [1, 4, 4, 1],
                options: [0: .int8(0), 1: .int32(1), 2: .int32(1), 4: .int32(dilation), 5: .int32(dilation)])
            if dilation == 1 << 20 {
                #expect(throws: Never.self) {
                    try TFLiteImporterTests.run(model.file, [[Float](repeating: 1, count: 16)])
                }
            } else {
                #expect(TFLiteImporterTests.error(model.file)?.message.contains("dilation") == true)
            }
        }
    }
}
