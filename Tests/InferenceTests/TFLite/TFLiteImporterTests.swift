import Inference
import Testing

struct TFLiteImporterTests {
    typealias Tensor = TinyModel.Tensor

    /// Loads a file and runs it on the values of its inputs.
    static func run(_ file: [UInt8], _ inputs: [[Float]] = []) throws -> [[Float]] {
        let model = try load(file)
        let session = try Session(model)
        for (info, values) in zip(model.inputs, inputs) {
            let target = try session.input(info.name)
            try #require(target.count == values.count)
            for (index, value) in values.enumerated() { target[index] = value }
        }
        try session.run()
        return try model.outputs.map { Array(try session.output($0.name)) }
    }

    static func load(_ file: [UInt8]) throws(InferenceError) -> Model {
        let result: Result<Model, InferenceError> = file.withUnsafeBytes { bytes in
            do throws(InferenceError) {
                return .success(try Model(bytes: bytes))
            } catch {
                return .failure(error)
            }
        }
        return try result.get()
    }

    static func constant(_ name: String, _ shape: [Int32], _ values: [Float]) -> Tensor {
        Tensor(name: name, shape: shape, data: TinyModel.bytes(values))
    }

    static func integers(_ name: String, _ values: [Int32], shape: [Int32]? = nil) -> Tensor {
        Tensor(name: name, shape: shape ?? [Int32(values.count)], type: 2, data: TinyModel.bytes(values))
    }

    // MARK: Images

    /// Stride 2 with SAME padding on an even size pads at the bottom and the right only: 3x3 over 4x4 takes one there.
    @Test func samePaddingOfStrideTwoIsAfterTheImage() throws {
        let model = TinyModel(
            3,
            [
                Tensor(name: "x", shape: [1, 4, 4, 1]),
                Self.constant("w", [1, 3, 3, 1], [Float](repeating: 1, count: 9)),
                Self.constant("b", [1], [100]),
            ], output: [1, 2, 2, 1], options: [0: .int8(0), 1: .int32(2), 2: .int32(2)])
        let x = (0..<16).map { Float($0) }
        // Rows and columns 0-2 and 2-3.
        #expect(try Self.run(model.file, [x]) == [[145, 139, 166, 150]].map { sums in sums.map { Float($0) } })
    }

    @Test func depthwiseKeepsChannelsApartAndAppliesItsActivation() throws {
        let model = TinyModel(
            4,
            [
                Tensor(name: "x", shape: [1, 2, 2, 2]),
                Self.constant("w", [1, 2, 2, 2], [1, -1, 1, -1, 1, -1, 1, -1]), Self.constant("b", [2], [0, 0]),
            ], output: [1, 1, 1, 2],
            options: [0: .int8(1), 1: .int32(1), 2: .int32(1), 3: .int32(1), 4: .int8(3)])
        #expect(try Self.run(model.file, [[1, 1, 1, 2, 1, 3, 1, 4]]) == [[4, 0]])
        #expect(try Self.run(model.file, [[3, 1, 3, 2, 3, -3, 3, -4]]) == [[6, 4]])
    }

    @Test func poolingTakesTheWindowOfItsOptions() throws {
        let options: [Int: TinyModel.Value] = [
            0: .int8(1), 1: .int32(2), 2: .int32(2), 3: .int32(2), 4: .int32(2),
        ]
        let x: [Float] = [1, 2, 3, 4, 5, 6, 7, 8]
        let largest = TinyModel(17, [Tensor(name: "x", shape: [1, 2, 4, 1])], output: [1, 1, 2, 1], options: options)
        #expect(try Self.run(largest.file, [x]) == [[6, 8]])
        let mean = TinyModel(1, [Tensor(name: "x", shape: [1, 2, 4, 1])], output: [1, 1, 2, 1], options: options)
        #expect(try Self.run(mean.file, [x]) == [[3.5, 5.5]])
    }

    @Test func bilinearFollowsItsThreeConventions() throws {
        func run(_ options: [Int: TinyModel.Value]) throws -> [[Float]] {
            let model = TinyModel(
                23, [Tensor(name: "x", shape: [1, 1, 2, 1]), Self.integers("size", [1, 4])], output: [1, 1, 4, 1],
                options: options)
            return try Self.run(model.file, [[0, 6]])
        }
        #expect(try run([:]) == [[0, 3, 6, 6]])
        #expect(try run([3: .bool(true)]) == [[0, 1.5, 4.5, 6]])
        #expect(try run([2: .bool(true)]) == [[0, 2, 4, 6]])
    }

    @Test func depthGoesToSpaceInBlocks() throws {
        let model = TinyModel(
            5, [Tensor(name: "x", shape: [1, 1, 2, 4])], output: [1, 2, 4, 1], options: [0: .int32(2)])
        #expect(try Self.run(model.file, [[1, 2, 3, 4, 5, 6, 7, 8]]) == [[1, 2, 5, 6, 3, 4, 7, 8]])
    }

    @Test func transposedConvolutionFillsTheGivenShape() throws {
        let model = TinyModel(
            67,
            [
                Self.integers("shape", [1, 1, 4, 1]), Self.constant("w", [1, 1, 2, 1], [1, 10]),
                Tensor(name: "x", shape: [1, 1, 2, 1]),
            ], output: [1, 1, 4, 1], options: [0: .int8(1), 1: .int32(2), 2: .int32(1)])
        #expect(try Self.run(model.file, [[1, 2]]) == [[1, 10, 2, 20]])
    }

    // MARK: Numbers

    @Test func preluTakesOneSlopeForEachChannel() throws {
        let model = TinyModel(
            54, [Tensor(name: "x", shape: [1, 1, 2, 2]), Self.constant("slope", [1, 1, 2], [0.5, 0.25])],
            output: [1, 1, 2, 2])
        #expect(try Self.run(model.file, [[-2, -4, 2, 4]]) == [[-1, -1, 2, 4]])
    }

    @Test func fullyConnectedIsAProductWithTransposedWeights() throws {
        let model = TinyModel(
            9,
            [
                Tensor(name: "x", shape: [1, 1, 3]), Self.constant("w", [2, 3], [1, 2, 3, 4, 5, 6]),
                Self.constant("b", [2], [1, -100]),
            ], output: [1, 2], options: [0: .int8(1)])
        #expect(try Self.run(model.file, [[1, 1, 2]]) == [[10, 0]])
    }

    @Test func meanReducesTheGivenAxes() throws {
        let model = TinyModel(
            40, [Tensor(name: "x", shape: [1, 2, 2, 1]), Self.integers("axes", [1, 2])], output: [1, 1, 1, 1],
            options: [0: .bool(true)])
        #expect(try Self.run(model.file, [[1, 2, 3, 6]]) == [[3]])
    }

    @Test func stridedSliceFollowsItsMasks() throws {
        // x[:, 1, ::-1] of a [1, 2, 3] tensor.
        let model = TinyModel(
            45,
            [
                Tensor(name: "x", shape: [1, 2, 3]), Self.integers("begin", [0, 1, 0]),
                Self.integers("end", [0, 2, 0]), Self.integers("steps", [1, 1, -1]),
            ], output: [1, 3], options: [0: .int32(0b101), 1: .int32(0b101), 4: .int32(0b010)])
        #expect(try Self.run(model.file, [[1, 2, 3, 4, 5, 6]]) == [[6, 5, 4]])
    }

    @Test func padPutsZerosWhereItsPairsSay() throws {
        let model = TinyModel(
            34,
            [
                Tensor(name: "x", shape: [1, 1, 1, 2]),
                Self.integers("pairs", [0, 0, 0, 0, 1, 0, 0, 1], shape: [4, 2]),
            ], output: [1, 1, 2, 3])
        #expect(try Self.run(model.file, [[1, 2]]) == [[0, 0, 0, 1, 2, 0]])
    }

    // MARK: Constants

    @Test func halfPrecisionConstantsAreWidened() throws {
        var model = TinyModel(
            6, [Tensor(name: "h", shape: [3], type: 1, data: TinyModel.halves([1, -0.5, 65504]))], output: [3])
        model.tensors.append(Tensor(name: "x", shape: [3]))
        model.tensors.append(Tensor(name: "sum", shape: [3]))
        model.operators.append(TinyModel.Operator(code: 0, inputs: [1, 2], outputs: [3]))
        (model.inputs, model.outputs) = ([2], [3])
        #expect(try Self.run(model.file, [[1, 1, 1]]) == [[2, 0.5, 65505]])
    }

    /// A compressed last axis: each row keeps some of its columns.
    static func sparse(_ segments: [Int32], _ indices: [UInt16], _ values: [Float]) -> TinyModel {
        let sparsity: TinyModel.Value = .table([
            0: .ints([0, 1]),
            2: .tables([
                .table([0: .int8(0), 1: .int32(2)]),
                .table([
                    0: .int8(1), 2: .int8(1), 3: .table([0: .ints(segments)]), 4: .int8(2),
                    5: .table([0: .shorts(indices)]),
                ]),
            ]),
        ])
        var model = TinyModel(
            124, [Tensor(name: "s", shape: [2, 3], data: TinyModel.bytes(values), sparsity: sparsity)], output: [2, 3])
        model.tensors += [Tensor(name: "x", shape: [2, 3]), Tensor(name: "sum", shape: [2, 3])]
        model.operators.append(TinyModel.Operator(code: 0, inputs: [1, 2], outputs: [3]))
        (model.inputs, model.outputs) = ([2], [3])
        return model
    }

    @Test func sparseConstantsBecomeDense() throws {
        let model = Self.sparse([0, 1, 3], [2, 0, 1], [5, 6, 7])
        #expect(try Self.run(model.file, [[1, 1, 1, 1, 1, 1]]) == [[1, 1, 6, 7, 8, 1]])
    }

    @Test func sparseBlocksAreExpanded() throws {
        // Columns in blocks of two, of which the first row keeps the second block and the second row the first.
        let sparsity: TinyModel.Value = .table([
            0: .ints([0, 1, 2]), 1: .ints([1]),
            2: .tables([
                .table([0: .int8(0), 1: .int32(2)]),
                .table([
                    0: .int8(1), 2: .int8(1), 3: .table([0: .ints([0, 1, 2])]), 4: .int8(3),
                    5: .table([0: .bytes([1, 0])]),
                ]),
                .table([0: .int8(0), 1: .int32(2)]),
            ]),
        ])
        var model = Self.sparse([0, 0, 0], [], [])
        model.tensors[0] = Tensor(
            name: "s", shape: [2, 4], data: TinyModel.bytes([1, 2, 3, 4] as [Float]), sparsity: sparsity)
        for index in 1...3 { model.tensors[index].shape = [2, 4] }
        #expect(
            try Self.run(model.file, [[Float](repeating: 0, count: 8)]) == [[0, 0, 1, 2, 3, 4, 0, 0]])
    }

    // MARK: Errors

    static func error(_ file: [UInt8]) -> InferenceError? {
        do throws(InferenceError) {
            _ = try Session(try load(file))
            return nil
        } catch {
            return error
        }
    }

    @Test func unknownOperatorsAreNamed() {
        let custom = TinyModel(32, [Tensor(name: "x", shape: [1])], output: [1], custom: "TransformLandmarks")
        #expect(Self.error(custom.file)?.code == .unsupportedOperator)
        #expect(Self.error(custom.file)?.message.contains("'TransformLandmarks'") == true)
        let builtin = TinyModel(16, [Tensor(name: "x", shape: [1])], output: [1])
        #expect(Self.error(builtin.file)?.message.contains("code 16") == true)
    }

    @Test func anotherSchemaVersionIsRefused() {
        var model = TinyModel(19, [Tensor(name: "x", shape: [1])], output: [1])
        model.version = 2
        #expect(Self.error(model.file)?.code == .unsupportedModel)
    }

    @Test func sparseLevelsThatLeaveTheTensorAreRefused() {
        for model in [
            Self.sparse([0, 1, 3], [2, 0, 3], [5, 6, 7]), Self.sparse([0, 1, 4], [2, 0, 1], [5, 6, 7]),
            Self.sparse([0, 2, 1], [2, 0, 1], [5, 6, 7]), Self.sparse([0, 1, 2], [2, 0, 1], [5, 6, 7]),
            Self.sparse([0, 1], [2, 0, 1], [5, 6, 7]),
        ] {
            #expect(Self.error(model.file)?.code == .malformedModel)
            #expect(Self.error(model.file)?.message.contains("'s'") == true)
        }
    }

    @Test func contentsOfTheWrongLengthAreRefused() {
        let model = TinyModel(
            0, [Tensor(name: "x", shape: [3]), Self.constant("short", [3], [1, 2])], output: [3])
        #expect(Self.error(model.file)?.code == .malformedModel)
        #expect(Self.error(model.file)?.message.contains("'short'") == true)
    }

    @Test func useBeforeMakingIsRefused() {
        var model = TinyModel(19, [Tensor(name: "x", shape: [1])], output: [1])
        model.inputs = []
        #expect(Self.error(model.file)?.message.contains("'x' is used before it is made") == true)
        model.inputs = [0]
        model.operators.append(model.operators[0])
        #expect(Self.error(model.file)?.message.contains("'out' is made twice") == true)
    }

    @Test func tensorsOutOfRangeAreRefused() {
        var model = TinyModel(19, [Tensor(name: "x", shape: [1])], output: [1])
        model.operators[0].inputs = [7]
        #expect(Self.error(model.file)?.message.contains("reads tensor 7 of 2") == true)
        model.operators[0].inputs = [0]
        model.outputs = [-1]
        #expect(Self.error(model.file)?.code == .malformedModel)
    }
}
