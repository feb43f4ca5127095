extension Operator {
    private static let table: [String: Operator] = {
        let groups: [[Operator]] = [
            arithmetic, casts, channelsLast, convolutions, dense, gathers, kernels, logic, making, maps, moving,
            normalizations, numberMaps, pads, poolings,
            products, reductions, resizes, scatters, selections, softmaxes, sums, views,
        ]
        var table: [String: Operator] = [:]
        for definition in groups.joined() { table[key(definition.name, definition.domain)] = definition }
        return table
    }()

    private static func key(_ name: String, _ domain: String) -> String { domain.isEmpty ? name : "\(domain).\(name)" }

    /// Every operator of ONNX's own domain that has a definition, sorted by name.
    package static var claimed: [String] { table.values.filter(\.domain.isEmpty).map(\.name).sorted() }

    /// The definition of a node's operator.
    /// - Throws: `unsupportedOperator` when there is none, or the model wants a version of it that is not understood.
    static func definition(of node: Graph.Node) throws(InferenceError) -> Operator {
        guard let definition = table[key(node.op, node.domain)] else {
            let domain = node.domain.isEmpty ? "" : " of domain '\(node.domain)'"
            throw InferenceError(
                .unsupportedOperator,
                "the operator \(node.label) of operator set \(node.version)\(domain) is not supported")
        }
        if definition.domain.isEmpty {
            guard node.version >= definition.since, node.version <= newestVersion else {
                throw InferenceError(
                    .unsupportedOperator,
                    "the operator \(node.label) of operator set \(node.version) is not supported "
                        + "(\(definition.since) to \(newestVersion) are)")
            }
        }
        return definition
    }
}
