/// A model made ready for fixed shapes: its memory is laid out once, and running allocates nothing.
///
/// A session is used by one thread at a time. Sessions of one model share its constants.
public final class Session {
    private let graph: Graph
    private let ids: [String: Graph.ValueID]
    private let pointers: [UnsafeMutableRawPointer?]
    let steps: [Step]
    /// For messages and profiles: the node and the first output of each step.
    let labels: [String]
    let shapes: [String]
    /// Kept alive for the steps, which hold addresses only.
    private let block: TensorStorage
    private let model: Model

    /// - Parameters:
    ///   - shapes: whole shapes of inputs whose extents the model leaves open, by name.
    ///   - values: contents of inputs that decide shapes, fixed for the session's life. Such models are rare; the error
    ///     `valueNeeded` names the inputs.
    ///   - maximumBytes: what the session's values, and the constants that are computed while it is made, may take.
    /// - Throws: `unknownName`, `shapeMismatch`, `valueNeeded`, `invalidNode`, `unsupportedOperator`, `tooLarge`.
    public convenience init(
        _ model: Model, shapes: [String: [Int]] = [:], values: [String: Tensor] = [:],
        maximumBytes: Int = Session.standardMaximumBytes
    ) throws(InferenceError) {
        try self.init(model, shapes: shapes, values: values, maximumBytes: maximumBytes, optimized: true)
    }

    /// The usual limit of a session's memory, 1 GiB: a hostile model must not make the engine ask for the machine's.
    public static let standardMaximumBytes = 1 << 30

    /// - Parameter optimized: whether the passes run; without them every node is computed by its reference definition.
    package init(
        _ model: Model, shapes: [String: [Int]], values: [String: Tensor] = [:],
        maximumBytes: Int = Session.standardMaximumBytes, optimized: Bool
    ) throws(InferenceError) {
        var graph = try Settling.settle(
            model.graph, shapes: shapes, values: values, packed: model.packed, maximumBytes: maximumBytes)
        if optimized { graph = try Passes.run(graph, packed: model.packed) }
        var prepared: [Prepared] = []
        for node in graph.nodes {
            do {
                prepared.append(
                    try Operator.definition(of: node).prepared(graph.context(of: node, packed: model.packed)))
            } catch {
                throw error.within(node.label)
            }
        }
        let plan = try MemoryPlan(graph, prepared, maximumBytes: maximumBytes)
        let block = TensorStorage(byteCount: plan.byteCount)
        let base = block.bytes.baseAddress!
        let pointers: [UnsafeMutableRawPointer?] = plan.places.map { place in
            switch place {
            case .block(let offset): base + offset
            case .constant(let storage): storage.bytes.baseAddress!
            case nil: nil
            }
        }
        var steps: [Step] = []
        var labels: [String] = []
        var outputs: [String] = []
        for (index, node) in graph.nodes.enumerated() {
            guard case .compute(let bind) = prepared[index].body else { continue }
            let binding = Binding(
                inputs: node.inputs.map { $0.flatMap { UnsafeRawPointer(pointers[$0.index]) } },
                outputs: node.outputs.map { $0.flatMap { pointers[$0.index] } },
                scratch: base + plan.scratch[index])
            do {
                steps.append(try bind(binding))
            } catch {
                throw error.within(node.label)
            }
            labels.append(node.label)
            outputs.append(prepared[index].outputs.first.map { "\($0)" } ?? "")
        }
        self.model = model
        self.graph = graph
        self.block = block
        self.pointers = pointers
        self.steps = steps
        self.labels = labels
        self.shapes = outputs
        var ids: [String: Graph.ValueID] = [:]
        for id in graph.inputs + graph.outputs { ids[graph[id].name] = id }
        self.ids = ids
    }

    /// Computes the outputs from what stands in the inputs.
    ///
    /// - Throws: `invalidValue` when a value is outside an operator's domain; the message names the node.
    public func run() throws(InferenceError) {
        for index in steps.indices {
            do {
                try steps[index]()
            } catch {
                throw error.within(labels[index])
            }
        }
    }

    /// Bytes of the block that holds all values of the session.
    public var byteCount: Int { block.bytes.count }

    /// Bytes of the constants that are this session's alone: what was computed while it was made.
    package var ownConstantBytes: Int {
        let shared = Set(model.graph.values.compactMap { $0.constant.map { ObjectIdentifier($0.storage) } })
        var own: [ObjectIdentifier: Int] = [:]
        for storage in graph.values.compactMap({ $0.constant?.storage }) {
            if shared.contains(ObjectIdentifier(storage)) || model.packed.holds(storage) { continue }
            own[ObjectIdentifier(storage)] = storage.bytes.count
        }
        return own.values.reduce(0, +)
    }

    /// The type and shape of an input or output.
    /// - Throws: `unknownName`.
    public func spec(of name: String) throws(InferenceError) -> TensorSpec { graph[try id(name)].settled! }

    /// The shape of an input or output.
    /// - Throws: `unknownName`.
    public func shape(of name: String) throws(InferenceError) -> [Int] { try spec(of: name).shape }

    /// Where the caller writes a float32 input, row-major. It stands at one place, and keeps its contents, for the session's life.
    /// - Throws: `unknownName`, `typeMismatch`.
    public func input(_ name: String) throws(InferenceError) -> UnsafeMutableBufferPointer<Float> {
        let bytes = try inputBytes(name)
        try require(name, .float32)
        return bytes.bindMemory(to: Float.self)
    }

    /// A float32 output as the last run left it, row-major; valid while the session lives, until the next run.
    /// - Throws: `unknownName`, `typeMismatch`.
    public func output(_ name: String) throws(InferenceError) -> UnsafeBufferPointer<Float> {
        let bytes = try outputBytes(name)
        try require(name, .float32)
        return bytes.bindMemory(to: Float.self)
    }

    /// The bytes of an input of any type.
    /// - Throws: `unknownName`, also when the input's value was fixed when the session was made.
    public func inputBytes(_ name: String) throws(InferenceError) -> UnsafeMutableRawBufferPointer {
        let id = try id(name)
        guard graph.inputs.contains(id), graph[id].constant == nil else {
            throw InferenceError(.unknownName, "the session has no open input '\(name)'")
        }
        return UnsafeMutableRawBufferPointer(start: pointers[id.index], count: graph[id].settled!.byteCount)
    }

    /// The bytes of an output of any type.
    /// - Throws: `unknownName`.
    public func outputBytes(_ name: String) throws(InferenceError) -> UnsafeRawBufferPointer {
        let id = try id(name)
        guard graph.outputs.contains(id) else {
            throw InferenceError(.unknownName, "the model has no output '\(name)'")
        }
        return UnsafeRawBufferPointer(start: pointers[id.index], count: graph[id].settled!.byteCount)
    }

    private func id(_ name: String) throws(InferenceError) -> Graph.ValueID {
        guard let id = ids[name] else {
            throw InferenceError(.unknownName, "the model has no input or output '\(name)'")
        }
        return id
    }

    private func require(_ name: String, _ type: DataType) throws(InferenceError) {
        let own = try spec(of: name).type
        guard own == type else { throw InferenceError(.typeMismatch, "'\(name)' is \(own), not \(type)") }
    }
}
