extension Operator {
    /// How a scattered element joins what stands in its place.
    private enum Joining: Sendable {
        case replace, add, multiply, larger, smaller

        init(_ context: NodeContext) throws(InferenceError) {
            switch try context.string("reduction", default: "none") {
            case "none": self = .replace
            case "add": self = .add
            case "mul": self = .multiply
            case "max": self = .larger
            case "min": self = .smaller
            case let other: throw context.unsupported("reduction '\(other)'")
            }
        }

        func callAsFunction<T: Scalar>(_ old: T, _ new: T) -> T {
            switch self {
            case .replace: new
            case .add: T.sum(old, new)
            case .multiply: T.product(old, new)
            case .larger: T.larger(old, new)
            case .smaller: T.smaller(old, new)
            }
        }
    }

    /// Operators that put elements at indices met while running.
    static var scatters: [Operator] {
        [
            Operator("ScatterElements") { context throws(InferenceError) in try prepareScatterElements(context) },
            Operator("Scatter") { context throws(InferenceError) in try prepareScatterElements(context) },
            Operator("ScatterND") { context throws(InferenceError) in try prepareScatterND(context) },
            Operator("OneHot") { context throws(InferenceError) in try prepareOneHot(context) },
        ]
    }

    private static func prepareScatterElements(_ context: NodeContext) throws(InferenceError) -> Prepared {
        let spec = try context.input(0)
        let indices = try requireIndices(context, 1)
        let updates = try context.input(2)
        let axis = try Shapes.axis(try context.int("axis", default: 0), rank: spec.rank)
        try context.require(
            indices.rank == spec.rank && updates.shape == indices.shape && updates.type == spec.type,
            "indices \(indices) and updates \(updates) for \(spec)")
        for other in spec.shape.indices where other != axis {
            try context.require(
                indices.shape[other] <= spec.shape[other], "indices of shape \(indices.shape) for \(spec.shape)")
        }
        var strides = spec.strides
        let stride = strides[axis]
        strides[axis] = 0
        let walk = try Walk(indices.shape, strides, indices.strides)
        let body = ScatterElementsBody(
            joining: try Joining(context), walk: walk, stride: stride, extent: spec.shape[axis], count: spec.count,
            type: indices.type)
        if spec.type == .bool { return Prepared.compute([spec], body.make(UInt8.self)) }
        guard let bind = dispatch(spec.type, body) else { throw context.unsupported("elements of type \(spec.type)") }
        return Prepared.compute([spec], bind)
    }

    private struct ScatterElementsBody: ScalarBody {
        let joining: Joining
        let walk: Walk
        let stride: Int
        let extent: Int
        let count: Int
        let type: DataType

        func make<T: Scalar>(_: T.Type) -> (Binding) throws(InferenceError) -> Step {
            { [self] binding in
                let x = binding.input(0, as: T.self)
                let places = binding.inputs[1]!
                let updates = binding.input(2, as: T.self)
                let y = binding.output(0, as: T.self)
                return { () throws(InferenceError) in
                    y.update(from: x, count: count)
                    try walk.forEachRow { (base, start, _) throws(InferenceError) in
                        for index in 0..<walk.rowLength {
                            let position = start + index * walk.rowStrides.1
                            let target =
                                base + index * walk.rowStrides.0
                                + (try place(places, type, position, extent: extent)) * stride
                            y[target] = joining(y[target], updates[position])
                        }
                    }
                }
            }
        }
    }

    private static func prepareScatterND(_ context: NodeContext) throws(InferenceError) -> Prepared {
        let spec = try context.input(0)
        let indices = try requireIndices(context, 1)
        let updates = try context.input(2)
        try context.require(indices.rank >= 1 && updates.type == spec.type, "updates \(updates) for \(spec)")
        let depth = indices.shape[indices.rank - 1]
        try context.require(
            depth <= spec.rank && updates.shape == indices.shape.dropLast() + spec.shape[depth...],
            "indices \(indices) and updates \(updates) for \(spec)")
        let body = ScatterNDBody(
            joining: try Joining(context), extents: Array(spec.shape[..<depth]), strides: Array(spec.strides[..<depth]),
            inner: Shapes.count(spec.shape[depth...]), rows: Shapes.count(indices.shape.dropLast()),
            count: spec.count, type: indices.type)
        if spec.type == .bool { return Prepared.compute([spec], body.make(UInt8.self)) }
        guard let bind = dispatch(spec.type, body) else { throw context.unsupported("elements of type \(spec.type)") }
        return Prepared.compute([spec], bind)
    }

    private struct ScatterNDBody: ScalarBody {
        let joining: Joining
        let extents: [Int]
        let strides: [Int]
        let inner: Int
        let rows: Int
        let count: Int
        let type: DataType

        func make<T: Scalar>(_: T.Type) -> (Binding) throws(InferenceError) -> Step {
            { [self] binding in
                let x = binding.input(0, as: T.self)
                let places = binding.inputs[1]!
                let updates = binding.input(2, as: T.self)
                let y = binding.output(0, as: T.self)
                return { () throws(InferenceError) in
                    y.update(from: x, count: count)
                    for row in 0..<rows {
                        var target = 0
                        for level in extents.indices {
                            target +=
                                try place(places, type, row * extents.count + level, extent: extents[level])
                                * strides[level]
                        }
                        for index in 0..<inner {
                            y[target + index] = joining(y[target + index], updates[row * inner + index])
                        }
                    }
                }
            }
        }
    }

    private static func prepareOneHot(_ context: NodeContext) throws(InferenceError) -> Prepared {
        let indices = try context.input(0)
        guard let depthTensor = try context.constant(1), depthTensor.count == 1,
            let number = depthTensor.doubles?[0] ?? depthTensor.integers.map({ Double($0[0]) }),
            number >= 0, number < 536_870_912
        else { throw context.invalid("the depth") }
        let depth = Int(number)
        let values = try context.input(2)
        try context.require(values.shape == [2], "values of shape \(values.shape)")
        let axis = try Shapes.axis(try context.int("axis", default: -1), rank: indices.rank + 1)
        var shape = indices.shape
        shape.insert(depth, at: axis)
        let output = try TensorSpec(values.type, shape)
        let outer = Shapes.count(indices.shape[..<axis])
        let inner = Shapes.count(indices.shape[axis...])
        let width = values.type.size
        return Prepared.compute([output]) { binding in
            let places = binding.inputs[0]!
            let values = binding.inputs[2]!
            let y = binding.outputs[0]!
            return {
                for row in 0..<outer {
                    for level in 0..<depth {
                        for column in 0..<inner {
                            let index = loadDouble(places, indices.type, row * inner + column)
                            // An index outside the depth marks nothing.
                            let isHot = (index < 0 ? index + Double(depth) : index) == Double(level)
                            (y + ((row * depth + level) * inner + column) * width).copyMemory(
                                from: values + (isHot ? width : 0), byteCount: width)
                        }
                    }
                }
            }
        }
    }
}
