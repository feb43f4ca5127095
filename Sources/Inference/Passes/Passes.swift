/// The order of the passes over a settled graph.
enum Passes {
    static func run(_ graph: Graph, packed: PackedConstants) throws(InferenceError) -> Graph {
        var graph = graph
        graph.removeDeadNodes()
        graph = GeluJoining.run(try BatchNormFolding.run(graph, packed: packed))
        return KernelChoice.run(Fusion.run(try DenseJoining.run(try ChannelsLast.run(graph))))
    }
}

extension Graph {
    /// Removes nodes whose outputs nothing uses.
    mutating func removeDeadNodes() {
        var wanted = Set(outputs)
        var kept: [Node] = []
        for node in nodes.reversed() where node.outputs.contains(where: { $0.map(wanted.contains) ?? false }) {
            wanted.formUnion(node.inputs.compactMap { $0 })
            kept.append(node)
        }
        nodes = kept.reversed()
    }
}
