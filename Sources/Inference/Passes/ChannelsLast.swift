/// Brings images to the layout of the kernels: channels last.
///
/// Convolutions, poolings and resizes become the engine's own operators on channels-last values, each between two transposes.
/// While nodes are visited in order, `twins` keeps for each channels-first value the channels-last value it is the transpose of:
/// the next convolution reads the twin, operators that do not care about the layout are computed on the twin, and a transpose
/// whose result nobody reads any more is dropped as dead. A model from TFLite, whose importer puts transposes around every
/// convolution, has none left after this; one from PyTorch keeps those of its inputs and outputs only.
struct ChannelsLast {
    var graph: Graph
    /// The channels-last value of a channels-first one, for values of three and four axes.
    private var twins: [Graph.ValueID: Graph.ValueID] = [:]
    /// Values that are another under a second name.
    private var aliases: [Graph.ValueID: Graph.ValueID] = [:]
    private var nodes: [Graph.Node] = []

    static func run(_ graph: Graph) throws(InferenceError) -> Graph {
        var pass = ChannelsLast(graph: graph)
        for node in graph.nodes { try pass.visit(node) }
        pass.graph.nodes = pass.nodes
        pass.graph.removeDeadNodes()
        try pass.graph.turnIdleTransposesIntoViews()
        return pass.graph
    }

    private init(graph: Graph) { self.graph = graph }

    /// The permutation from channels first to channels last, by rank.
    static func toLast(_ rank: Int) -> [Int] { [0] + Array(2..<rank) + [1] }
    /// The permutation from channels last to channels first.
    static func toFirst(_ rank: Int) -> [Int] { [0, rank - 1] + Array(1..<rank - 1) }

    /// Where an axis of a channels-first value stands in its twin.
    static func lastAxis(_ axis: Int, rank: Int) -> Int { axis == 0 ? 0 : axis == 1 ? rank - 1 : axis - 1 }

    // MARK: Twins

    func twin(_ id: Graph.ValueID) -> Graph.ValueID? { twins[id] }

    /// The twin of a value, made by a transpose when there is none. Constants are transposed at once.
    mutating func makeTwin(_ id: Graph.ValueID) throws(InferenceError) -> Graph.ValueID {
        if let twin = twins[id] { return twin }
        let spec = graph[id].settled!
        let perm = ChannelsLast.toLast(spec.rank)
        if let constant = try graph[id].constant?.transposed(perm) {
            let twin = graph.addSettled("\(graph[id].name)_last", constant: constant)
            twins[id] = twin
            return twin
        }
        let twin = graph.addSettled("\(graph[id].name)_last", try TensorSpec(spec.type, perm.map { spec.shape[$0] }))
        emit("Transpose", [id], [twin], ["perm": .ints(perm)])
        twins[id] = twin
        return twin
    }

    /// Gives a channels-first value, that nothing makes yet, the channels-last value that a new node makes instead.
    mutating func bind(_ first: Graph.ValueID, to last: Graph.ValueID) {
        twins[first] = last
        emit("Transpose", [last], [first], ["perm": .ints(ChannelsLast.toFirst(graph.shape(first).count))])
    }

    /// A new value that will be the twin of `first`.
    mutating func newTwin(of first: Graph.ValueID) throws(InferenceError) -> Graph.ValueID {
        let spec = graph[first].settled!
        let shape = ChannelsLast.toLast(spec.rank).map { spec.shape[$0] }
        return graph.addSettled("\(graph[first].name)_last", try TensorSpec(spec.type, shape))
    }

    mutating func append(_ node: Graph.Node) { nodes.append(node) }

    mutating func emit(
        _ op: String, _ inputs: [Graph.ValueID?], _ outputs: [Graph.ValueID?], _ attributes: [String: Attribute] = [:],
        domain: String = "", name: String = ""
    ) {
        nodes.append(
            Graph.Node(
                op: op, domain: domain, version: 18, name: name, inputs: inputs, outputs: outputs,
                attributes: attributes))
    }

    // MARK: The walk

    private mutating func visit(_ original: Graph.Node) throws(InferenceError) {
        var node = original
        node.inputs = node.inputs.map { $0.map { aliases[$0] ?? $0 } }
        guard node.domain.isEmpty else { return nodes.append(node) }
        switch node.op {
        case "Transpose": try visitTranspose(node)
        case "Reshape", "Flatten": try visitReshape(node)
        default:
            if try !rewrite(node) { nodes.append(node) }
        }
    }

    private mutating func visitTranspose(_ node: Graph.Node) throws(InferenceError) {
        guard let input = node.inputs[0], let output = node.outputs[0] else { return nodes.append(node) }
        let rank = graph.shape(input).count
        let perm: [Int]
        if case .ints(let given)? = node.attributes["perm"] {
            perm = given
        } else {
            perm = Array((0..<rank).reversed())
        }
        guard rank == 3 || rank == 4 else { return nodes.append(node) }
        if perm == ChannelsLast.toLast(rank), let twin = twins[input] { return alias(output, to: twin) }
        if perm == ChannelsLast.toFirst(rank) { twins[output] = input }
        // With three axes the two permutations are one.
        nodes.append(node)
    }

    /// Lets `output` be another name of `value`.
    private mutating func alias(_ output: Graph.ValueID, to value: Graph.ValueID) {
        if graph.outputs.contains(output) {
            emit("Identity", [value], [output])
        } else {
            aliases[output] = value
            if let twin = twins[value] { twins[output] = twin }
        }
    }

    /// Joining or dividing the spatial axes, as networks with attention do, keeps a twin.
    private mutating func visitReshape(_ node: Graph.Node) throws(InferenceError) {
        nodes.append(node)
        guard let input = node.inputs[0], let output = node.outputs[0], let twin = twins[input] else { return }
        let (from, to) = (graph.shape(input), graph.shape(output))
        guard from.count >= 3, to.count == 3 || to.count == 4, from.count <= 4 else { return }
        guard from[0] == to[0], from[1] == to[1] else { return }
        let shape = ChannelsLast.toLast(to.count).map { to[$0] }
        let last = graph.addSettled("\(graph[output].name)_last", try TensorSpec(graph[output].settled!.type, shape))
        let constant = graph.addSettled(
            "\(graph[output].name)_shape", constant: try Tensor(shape.map { Int64($0) }, shape: [shape.count]))
        emit("Reshape", [twin, constant], [last])
        twins[output] = last
    }
}

extension Graph {
    /// Turns transposes that move no element, because the axes they exchange have an extent of one, into reshapes.
    fileprivate mutating func turnIdleTransposesIntoViews() throws(InferenceError) {
        for index in nodes.indices where nodes[index].op == "Transpose" && nodes[index].domain.isEmpty {
            guard let input = nodes[index].inputs[0], let output = nodes[index].outputs[0],
                case .ints(let perm)? = nodes[index].attributes["perm"]
            else { continue }
            let shape = self.shape(input)
            let moved = perm.filter { shape[$0] != 1 }
            guard moved == moved.sorted() else { continue }
            let target = self.shape(output).map { Int64($0) }
            let constant = addSettled("\(self[output].name)_shape", constant: try Tensor(target, shape: [target.count]))
            nodes[index].op = "Reshape"
            nodes[index].inputs = [input, constant]
            nodes[index].attributes = ["allowzero": .int(1)]
        }
    }
}
