/// What an operator's definition sees of its node: attributes, the inputs' types and shapes, and the inputs that are constant.
struct NodeContext {
    /// An input with settled type and shape.
    struct Operand {
        let spec: TensorSpec
        let constant: Tensor?
    }

    let node: Graph.Node
    let operands: [Operand?]
    /// Constants made ready for the kernels, shared by all sessions of a model.
    let packed: PackedConstants

    /// The operator-set version whose definition holds.
    var version: Int { node.version }

    // MARK: Inputs

    /// Whether an input is given.
    func has(_ index: Int) -> Bool { index < operands.count && operands[index] != nil }

    /// The type and shape of an input that the operator requires.
    func input(_ index: Int) throws(InferenceError) -> TensorSpec {
        guard has(index) else { throw invalid("input \(index) is missing") }
        return operands[index]!.spec
    }

    /// The contents of an input that decides a shape, nil when the input is left out.
    /// - Throws: `valueNeeded` when the input is no constant.
    func constant(_ index: Int) throws(InferenceError) -> Tensor? {
        guard has(index) else { return nil }
        guard let tensor = operands[index]!.constant else {
            throw InferenceError(
                .valueNeeded, "the value of input \(index) decides a shape and has to be known", operand: index)
        }
        return tensor
    }

    /// The longest list of integers that may decide a shape: extents, axes, pads, the sizes of parts.
    static let longestList = 1 << 20

    /// Integers of an input that decides a shape, nil when it is left out.
    func integers(_ index: Int) throws(InferenceError) -> [Int]? {
        guard let tensor = try constant(index) else { return nil }
        guard tensor.count <= NodeContext.longestList else {
            throw InferenceError(.tooLarge, "input \(index) is \(tensor.spec), a list of at most 2^20 integers")
        }
        guard let integers = tensor.integers else { throw invalid("input \(index) is \(tensor.spec), not integers") }
        return integers
    }

    /// Integers that an old version has as an attribute and a newer one as an input.
    func integers(_ index: Int, orAttribute name: String) throws(InferenceError) -> [Int]? {
        if let integers = try integers(index) { return integers }
        return try ints(name)
    }

    // MARK: Attributes

    private func mistyped(_ name: String, _ attribute: Attribute, _ wanted: String) -> InferenceError {
        invalid("attribute '\(name)' is of kind \(attribute.kind), not \(wanted)")
    }

    func int(_ name: String) throws(InferenceError) -> Int? {
        guard let attribute = node.attributes[name] else { return nil }
        guard case .int(let value) = attribute else { throw mistyped(name, attribute, "int") }
        return value
    }

    func int(_ name: String, default value: Int) throws(InferenceError) -> Int { try int(name) ?? value }

    /// An integer attribute used as a switch.
    func flag(_ name: String, default value: Bool = false) throws(InferenceError) -> Bool {
        try int(name).map { $0 != 0 } ?? value
    }

    func float(_ name: String) throws(InferenceError) -> Float? {
        guard let attribute = node.attributes[name] else { return nil }
        switch attribute {
        case .float(let value): return value
        case .int(let value): return Float(value)
        default: throw mistyped(name, attribute, "float")
        }
    }

    func float(_ name: String, default value: Float) throws(InferenceError) -> Float { try float(name) ?? value }

    func string(_ name: String, default value: String) throws(InferenceError) -> String {
        guard let attribute = node.attributes[name] else { return value }
        guard case .string(let text) = attribute else { throw mistyped(name, attribute, "string") }
        return text
    }

    func ints(_ name: String) throws(InferenceError) -> [Int]? {
        guard let attribute = node.attributes[name] else { return nil }
        guard case .ints(let values) = attribute else { throw mistyped(name, attribute, "ints") }
        return values
    }

    func floats(_ name: String) throws(InferenceError) -> [Float]? {
        guard let attribute = node.attributes[name] else { return nil }
        guard case .floats(let values) = attribute else { throw mistyped(name, attribute, "floats") }
        return values
    }

    func tensor(_ name: String) throws(InferenceError) -> Tensor? {
        guard let attribute = node.attributes[name] else { return nil }
        guard case .tensor(let value) = attribute else { throw mistyped(name, attribute, "tensor") }
        return value
    }

    /// The number of outputs the node has a place for.
    var outputCount: Int { node.outputs.count }

    /// Whether an output is wanted.
    func wants(_ index: Int) -> Bool { index < node.outputs.count && node.outputs[index] != nil }

    // MARK: Errors

    func invalid(_ message: String) -> InferenceError { InferenceError(.invalidNode, message) }

    func unsupported(_ message: String) -> InferenceError { InferenceError(.unsupportedOperator, message) }

    /// Throws unless a condition of the operator's definition holds.
    func require(_ condition: Bool, _ message: @autoclosure () -> String) throws(InferenceError) {
        guard condition else { throw invalid(message()) }
    }

    /// Throws unless an input is float32.
    func requireFloat32(_ index: Int) throws(InferenceError) {
        let type = try input(index).type
        guard type == .float32 else { throw unsupported("input \(index) has elements of type \(type)") }
    }
}
