extension Graph {
    /// Adds a value that a node will make, or an input of the graph.
    package mutating func addValue(_ name: String, type: DataType? = nil, shape: [Int?]? = nil) -> ValueID {
        values.append(Value(name: name, type: type, shape: shape, constant: nil))
        return ValueID(values.count - 1)
    }

    /// Adds an input of the graph; nil marks an open extent.
    package mutating func addInput(_ name: String, _ type: DataType, _ shape: [Int?]) -> ValueID {
        let id = addValue(name, type: type, shape: shape)
        inputs.append(id)
        return id
    }

    /// Adds a constant.
    package mutating func addConstant(_ tensor: Tensor, name: String = "") -> ValueID {
        values.append(
            Value(
                name: name.isEmpty ? "constant_\(values.count)" : name, type: tensor.type,
                shape: tensor.shape.map { $0 }, constant: tensor))
        return ValueID(values.count - 1)
    }

    /// Adds a vector of integers as a constant: shapes, axes, pads.
    package mutating func addConstant(integers: [Int], name: String = "") -> ValueID {
        // A vector of integers that is in memory is far below the limits of a tensor.
        addConstant(try! Tensor(integers.map { Int64($0) }, shape: [integers.count]), name: name)
    }

    /// Adds a float scalar as a constant.
    package mutating func addConstant(scalar: Float, name: String = "") -> ValueID {
        addConstant(try! Tensor([scalar], shape: []), name: name)
    }

    /// Adds a node with one output and gives the output.
    ///
    /// - Parameter version: the operator-set version whose definition of `op` is meant; 18 has every axis and pad list as an input
    ///   save those of `ReduceMean` and its kin before 18, and is what importers of other formats write.
    package mutating func add(
        _ op: String, _ inputs: [ValueID?], _ attributes: [String: Attribute] = [:], domain: String = "",
        version: Int = 18, name: String = ""
    ) -> ValueID {
        let output = addValue(name.isEmpty ? "\(op)_\(values.count)" : name)
        nodes.append(
            Node(
                op: op, domain: domain, version: version, name: name, inputs: inputs, outputs: [output],
                attributes: attributes))
        return output
    }

    /// Adds a node with several outputs and gives them.
    package mutating func add(
        _ op: String, _ inputs: [ValueID?], outputs count: Int, _ attributes: [String: Attribute] = [:],
        domain: String = "", version: Int = 18, name: String = ""
    ) -> [ValueID] {
        let outputs = (0..<count).map { addValue("\(name.isEmpty ? op : name)_\(values.count)_\($0)") }
        nodes.append(
            Node(
                op: op, domain: domain, version: version, name: name, inputs: inputs, outputs: outputs,
                attributes: attributes))
        return outputs
    }
}
