/// TFLite models of one operator on an image, whose kind and options are the fuzzer's choices.
enum LiteGraphs {
    typealias Tensor = TinyModel.Tensor

    private static func integer(_ choices: inout Choices, from low: Int = 1, _ range: Int = 3) -> Int32 {
        Int32(truncatingIfNeeded: choices.number(from: low, range))
    }

    private static func list(_ choices: inout Choices, _ name: String, _ count: Int, from low: Int = 0) -> Tensor {
        var values: [Int32] = []
        for _ in 0..<count { values.append(integer(&choices, from: low)) }
        return Tensor(name: name, shape: [Int32(values.count)], type: 2, data: TinyModel.bytes(values))
    }

    private static func weights(_ choices: inout Choices, _ name: String, _ shape: [Int]) -> Tensor {
        Tensor(
            name: name, shape: shape.map { Int32($0) }, data: TinyModel.bytes(choices.floats(shape.reduce(1, *))))
    }

    static func file(_ input: Choices) -> [UInt8] {
        var choices = input
        let extents = choices.extents(4)
        var image = Tensor(name: "x", shape: extents.map { Int32($0) })
        if choices.once(in: 16) { image.shape[choices.below(4)] = integer(&choices, from: 0) }
        var options: [Int: TinyModel.Value] = [0: .int8(Int8(choices.below(2)))]
        for field in 1...6 where choices.once(in: 2) { options[field] = .int32(integer(&choices)) }
        let channels = extents[3]
        switch choices.below(15) {
        case 0:
            let filter = weights(&choices, "w", [1 + choices.below(3)] + choices.extents(2) + [channels])
            options[3] = .int8(Int8(choices.below(4)))
            return TinyModel(3, [image, filter], output: image.shape, options: options).file
        case 1:
            let filter = weights(&choices, "w", [1] + choices.extents(2) + [channels])
            options[4] = .int8(Int8(choices.below(4)))
            return TinyModel(4, [image, filter], output: image.shape, options: options).file
        case 2:
            let shape = list(&choices, "s", 4, from: 1)
            let filter = weights(&choices, "w", [1 + choices.below(3)] + choices.extents(2) + [channels])
            options[3] = .int8(0)
            return TinyModel(67, [shape, filter, image], output: image.shape, options: options).file
        case 3:
            options[5] = .int8(0)
            return TinyModel(choices.pick([1, 17]), [image], output: image.shape, options: options).file
        case 4:
            let flags: [Int: TinyModel.Value] = [
                0: .bool(choices.once(in: 2)), 1: .bool(choices.once(in: 2)), 2: .bool(choices.once(in: 2)),
            ]
            let size = list(&choices, "s", 2, from: 1)
            return TinyModel(choices.pick([23, 97]), [image, size], output: image.shape, options: flags).file
        case 5:
            return TinyModel(
                choices.pick([5, 26]), [image], output: image.shape, options: [0: .int32(integer(&choices))]
            ).file
        case 6:
            return TinyModel(22, [image, list(&choices, "s", choices.below(6), from: -1)], output: image.shape).file
        case 7:
            var pads = list(&choices, "p", 8)
            pads.shape = [4, 2]
            return TinyModel(choices.pick([34, 100]), [image, pads], output: image.shape, options: [0: .int8(0)]).file
        case 8:
            let parts = ["b", "e", "s"].map { list(&choices, $0, 4) }
            let masks: [Int: TinyModel.Value] = [
                0: .int32(Int32(choices.below(16))), 1: .int32(Int32(choices.below(16))),
                4: .int32(Int32(choices.below(16))),
            ]
            return TinyModel(45, [image] + parts, output: image.shape, options: masks).file
        case 9:
            return TinyModel(
                65, [image, list(&choices, "b", 4), list(&choices, "n", 4, from: -1)], output: image.shape
            ).file
        case 10:
            return TinyModel(39, [image, list(&choices, "p", 4)], output: image.shape).file
        case 11:
            return TinyModel(
                36, [image, list(&choices, "i", 3)], output: image.shape,
                options: [0: .int32(integer(&choices, from: 0))]
            ).file
        case 12: return TinyModel(69, [image, list(&choices, "r", 4, from: 1)], output: image.shape).file
        case 13:
            return TinyModel(
                choices.pick([2, 83]), [image, image], output: image.shape,
                options: [0: .int32(integer(&choices, from: 0))]
            ).file
        default: return sparse(&choices)
        }
    }

    /// A tensor of kept blocks, added to an image.
    private static func sparse(_ choices: inout Choices) -> [UInt8] {
        func level(_ choices: inout Choices) -> TinyModel.Value {
            if choices.once(in: 2) {
                func indices(_ choices: inout Choices) -> TinyModel.Value {
                    .table([0: .ints((0..<1 + choices.below(4)).map { _ in integer(&choices, from: 0) })])
                }
                return .table([
                    0: .int8(1), 2: .int8(1), 3: indices(&choices), 4: .int8(1), 5: indices(&choices),
                ])
            }
            return .table([0: .int8(0), 1: .int32(integer(&choices))])
        }
        let shape = choices.extents(2).map { Int32($0) - 1 }
        let blocks = choices.below(3)
        let order = (0..<2 + blocks).map { Int32($0) }
        let levels = order.map { _ in level(&choices) }
        var kept = weights(&choices, "w", [choices.below(5)])
        kept.shape = shape
        kept.sparsity = .table([
            0: .ints(choices.once(in: 2) ? order.reversed() : order),
            1: .ints((0..<blocks).map { _ in integer(&choices, from: 0, 2) }),
            2: .tables(levels),
        ])
        return TinyModel(0, [Tensor(name: "x", shape: shape), kept], output: shape, options: [0: .int8(0)]).file
    }
}
