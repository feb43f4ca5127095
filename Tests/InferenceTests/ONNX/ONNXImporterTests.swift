import Inference
import Testing

/// What the importer takes and refuses; what operators compute is the official tests' matter.
struct ONNXImporterTests {
    typealias Node = TinyONNX.Node
    typealias Constant = TinyONNX.Constant

    static func load(_ file: [UInt8]) throws(InferenceError) -> Model { try TFLiteImporterTests.load(file) }

    /// The error of loading a file and making a session of it.
    static func error(_ file: [UInt8]) -> InferenceError? { TFLiteImporterTests.error(file) }

    static let image: (String, [Int?]) = ("x", [1, 1, 4, 4])

    /// Convolution, activation and pooling.
    static let small = TinyONNX(
        inputs: [image], constants: [Constant("w", [2, 1, 3, 3], [Float](repeating: 0.5, count: 18))],
        nodes: [
            Node(op: "Conv", inputs: ["x", "w"], outputs: ["a"], attributes: [("pads", .ints([1, 1, 1, 1]))]),
            Node(op: "Relu", inputs: ["a"], outputs: ["b"]),
            Node(
                op: "MaxPool", inputs: ["b"], outputs: ["y"],
                attributes: [("kernel_shape", .ints([2, 2])), ("strides", .ints([2, 2]))]),
        ], outputs: ["y"])

    @Test func aSmallNetworkRuns() throws {
        let session = try Session(try Self.load(Self.small.file))
        let x = try session.input("x")
        for index in 0..<16 { x[index] = Float(index) }
        try session.run()
        #expect(try session.shape(of: "y") == [1, 2, 2, 2])
        // The sums around (1, 1), (1, 2), (2, 1) and (2, 2), halved, for both filters.
        #expect(try Array(session.output("y")) == [22.5, 27, 40.5, 45, 22.5, 27, 40.5, 45])
    }

    @Test func openExtentsAreSettledBySessions() throws {
        let model = try Self.load(TinyONNX("Relu", [("x", [nil, 3])]).file)
        #expect(model.inputs[0].shape == [nil, 3])
        for batch in [1, 5] {
            let session = try Session(model, shapes: ["x": [batch, 3]])
            #expect(try session.shape(of: "y") == [batch, 3])
        }
        #expect(throws: InferenceError.self) { try Session(model) }
        #expect(throws: InferenceError.self) { try Session(model, shapes: ["x": [1, 4]]) }
        #expect(throws: InferenceError.self) { try Session(model, shapes: ["z": [1, 3]]) }
    }

    // MARK: Errors

    @Test func unknownOperatorsAreNamedWithTheirOperatorSet() throws {
        let file = TinyONNX("GridSample", [Self.image]).file
        let error = try #require(Self.error(file))
        #expect(error.code == .unsupportedOperator)
        #expect(error.message.contains("GridSample") && error.message.contains("operator set 17"), "\(error)")

        var own = TinyONNX("FaceWarp", [Self.image])
        own.nodes[0].domain = "example.faces"
        #expect(Self.error(own.file)?.message.contains("'example.faces'") == true)
    }

    @Test func operatorSetsBeyondTheKnownAreRefused() throws {
        var model = TinyONNX("Relu", [Self.image])
        model.opset = 99
        let error = try #require(Self.error(model.file))
        #expect(error.code == .unsupportedOperator)
        #expect(error.message.contains("Relu") && error.message.contains("99"), "\(error)")
    }

    @Test func subgraphsAreRefusedByName() throws {
        let model = TinyONNX("If", [("x", [1])], [], [("then_branch", .graph), ("else_branch", .graph)])
        #expect(Self.error(model.file)?.message.contains("If") == true)
    }

    @Test func useBeforeMakingIsRefused() {
        var model = Self.small
        model.nodes.swapAt(0, 1)
        #expect(Self.error(model.file)?.message.contains("uses 'a' before it is made") == true)
        model = Self.small
        model.nodes[1].outputs = ["a"]
        #expect(Self.error(model.file)?.message.contains("'a' is made twice") == true)
        model = Self.small
        model.outputs = ["z"]
        #expect(Self.error(model.file)?.message.contains("nothing makes the output 'z'") == true)
    }

    @Test func contentsOfTheWrongLengthAreRefused() {
        var model = Self.small
        model.constants[0].raw.removeLast()
        #expect(Self.error(model.file)?.code == .malformedModel)
        #expect(Self.error(model.file)?.message.contains("'w'") == true)
    }

    @Test func extentsBeyondTheLimitAreRefused() {
        for dims in [[1 << 40], [1 << 20, 1 << 20, 1 << 20], [.max, .max], [-1]] {
            var model = Self.small
            model.constants[0].dims = dims
            #expect(Self.error(model.file) != nil, "\(dims)")
        }
        let huge = TinyONNX("Relu", [("x", [1 << 16, 1 << 16])])
        #expect(Self.error(huge.file)?.code == .tooLarge)
    }

    @Test func anotherKindOfFileIsRefused() {
        for text in ["", "not a model", "\u{89}PNG\r\n", "{\"format\": 1}"] {
            let error = Self.error(Array(text.utf8))
            #expect(error?.code == .malformedModel, "\(text)")
        }
    }

    /// A few hundred bytes that ask for gigabytes of constants.
    @Test func constantsThatFoldBeyondTheLimitAreRefused() {
        var nodes: [Node] = []
        var sum = "y0"
        nodes.append(Node(op: "ConstantOfShape", inputs: ["shape"], outputs: ["y0"]))
        for index in 1...64 {
            nodes.append(Node(op: "ConstantOfShape", inputs: ["shape"], outputs: ["c\(index)"]))
            nodes.append(Node(op: "Add", inputs: [sum, "c\(index)"], outputs: ["s\(index)"]))
            sum = "s\(index)"
        }
        let model = TinyONNX(
            inputs: [("x", [1])], constants: [Constant("shape", integers: [1 << 24])],
            nodes: nodes + [Node(op: "Add", inputs: ["x", sum], outputs: ["y"])], outputs: ["y"])
        #expect(Self.error(model.file)?.code == .tooLarge)
    }

    @Test func aSessionKeepsToItsLimit() throws {
        let model = try Self.load(TinyONNX("Relu", [("x", [nil])]).file)
        #expect(throws: Never.self) { try Session(model, shapes: ["x": [1000]], maximumBytes: 1 << 16) }
        do throws(InferenceError) {
            _ = try Session(model, shapes: ["x": [1_000_000]], maximumBytes: 1 << 16)
            Issue.record("a session of 8 MB within 64 KB")
        } catch {
            #expect(error.code == .tooLarge)
        }
    }
}
