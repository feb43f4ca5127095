extension Operator {
    /// Operators that make tensors out of parameters.
    static var making: [Operator] {
        [
            Operator("Constant", narrow: .taken) { context throws(InferenceError) in
                Prepared.constants([try constant(context)])
            },
            Operator("ConstantOfShape", narrow: .taken) { context throws(InferenceError) in
                guard let shape = try context.integers(0) else { throw context.invalid("the shape is missing") }
                let zero = try Tensor([Float(0)], shape: [1])
                let value = try context.tensor("value") ?? zero
                try context.require(value.count == 1, "a value of shape \(value.shape)")
                let output = try TensorSpec(value.type, shape)
                let fill = try StridedCopy(
                    width: value.type.size, shape: [output.count], source: [0], target: [1])
                return Prepared.compute([output]) { binding in
                    let y = binding.outputs[0]!
                    return { value.withUnsafeBytes { fill(from: $0.baseAddress!, to: y) } }
                }
            },
            Operator("Range", narrow: .taken) { context throws(InferenceError) in
                Prepared.constants([try range(context)])
            },
            Operator("EyeLike", narrow: .taken) { context throws(InferenceError) in
                let spec = try context.input(0)
                try context.require(spec.rank == 2, "a tensor of \(spec.rank) axes")
                var type = spec.type
                if let number = try context.int("dtype") { type = try ONNXTensor.dataType(number) }
                let output = try Folding.small(try TensorSpec(type, spec.shape))
                let diagonal = try context.int("k", default: 0)
                let tensor = try Tensor(type, output.shape) { bytes in
                    for row in 0..<output.shape[0] {
                        let (column, overflow) = row.addingReportingOverflow(diagonal)
                        if !overflow, column >= 0, column < output.shape[1] {
                            storeDouble(1, bytes.baseAddress!, type, row * output.shape[1] + column)
                        }
                    }
                }
                return Prepared.constants([tensor])
            },
        ]
    }

    private static func constant(_ context: NodeContext) throws(InferenceError) -> Tensor {
        if let tensor = try context.tensor("value") { return tensor }
        if let value = try context.float("value_float") { return try Tensor([value], shape: []) }
        if let value = try context.int("value_int") { return try Tensor([Int64(value)], shape: []) }
        if let values = try context.floats("value_floats") { return try Tensor(values, shape: [values.count]) }
        if let values = try context.ints("value_ints") {
            return try Tensor(values.map { Int64($0) }, shape: [values.count])
        }
        throw context.unsupported("a constant given by \(context.node.attributes.keys.sorted())")
    }

    private static func range(_ context: NodeContext) throws(InferenceError) -> Tensor {
        let type = try context.input(0).type
        var ends: [Tensor] = []
        for index in 0..<3 {
            guard let end = try context.constant(index), end.count == 1, end.type == type else {
                throw context.invalid("input \(index) is no \(type) scalar")
            }
            ends.append(end)
        }
        if let start = ends[0].integers?[0], let limit = ends[1].integers?[0], let delta = ends[2].integers?[0] {
            try context.require(delta != 0 && delta != .min, "a step of \(delta)")
            let (distance, overflow) = limit.subtractingReportingOverflow(start)
            try context.require(!overflow && distance != .min, "from \(start) to \(limit)")
            let length = (distance > 0) == (delta > 0) && distance != 0 ? (abs(distance) - 1) / abs(delta) + 1 : 0
            _ = try Folding.small(try TensorSpec(type, [length]))
            return try Tensor(type, [length]) { bytes in
                for index in 0..<length {
                    storeInteger(Int64(start + index * delta), bytes.baseAddress!, type, index)
                }
            }
        }
        guard let start = ends[0].doubles?[0], let limit = ends[1].doubles?[0], let delta = ends[2].doubles?[0] else {
            throw context.unsupported("elements of type \(type)")
        }
        let length = ((limit - start) / delta).rounded(.up)
        try context.require(length.isFinite && length < Double(TensorSpec.maximumCount), "\(length) elements")
        // Away from the limit, a range of any length is empty; the number may be far below what an integer holds.
        let count = Int(max(0, length))
        _ = try Folding.small(try TensorSpec(type, [count]))
        return try Tensor(type, [count]) { bytes in
            for index in 0..<count { storeDouble(start + Double(index) * delta, bytes.baseAddress!, type, index) }
        }
    }
}
