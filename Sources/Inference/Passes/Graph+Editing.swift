extension Graph {
    /// How often each value is used: as an input of a node, or as an output of the graph.
    func useCounts() -> [Int] {
        var counts = [Int](repeating: 0, count: values.count)
        for node in nodes {
            for input in node.inputs { if let input { counts[input.index] += 1 } }
        }
        for output in outputs { counts[output.index] += 1 }
        return counts
    }

    /// Adds a value of a settled type and shape.
    mutating func addSettled(_ name: String, _ spec: TensorSpec) -> ValueID {
        let id = addValue(name, type: spec.type, shape: spec.shape.map { $0 })
        self[id].settled = spec
        return id
    }

    /// Adds a constant to a graph whose shapes are settled.
    mutating func addSettled(_ name: String, constant: Tensor) -> ValueID {
        let id = addConstant(constant, name: name)
        self[id].settled = constant.spec
        return id
    }

    /// The settled shape of a value.
    func shape(_ id: ValueID) -> [Int] { self[id].settled?.shape ?? [] }

    /// Whether a value is settled as float32.
    func isFloat32(_ id: ValueID) -> Bool { self[id].settled?.type == .float32 }

    /// The floats of a constant.
    func floats(_ id: ValueID?) -> [Float]? { id.flatMap { self[$0].constant?.elements(as: Float.self) } }

    /// The single float of a constant of one element.
    func scalar(_ id: ValueID?) -> Float? {
        guard let floats = floats(id), floats.count == 1 else { return nil }
        return floats[0]
    }
}

extension Tensor {
    /// The tensor with its axes in another order; nil for element types other than float32.
    func transposed(_ perm: [Int]) throws(InferenceError) -> Tensor? {
        guard type == .float32 else { return nil }
        let target = try TensorSpec(.float32, perm.map { shape[$0] })
        let copy = try StridedCopy(
            width: 4, shape: target.shape, source: perm.map { spec.strides[$0] }, target: target.strides)
        return try Tensor(.float32, target.shape) { copy(from: storage.bytes.baseAddress!, to: $0.baseAddress!) }
    }
}
