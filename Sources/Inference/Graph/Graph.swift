/// A network as both importers leave it and the passes change it.
///
/// The meaning of every operator is that of ONNX, at the operator-set version the node carries; the operators that only this
/// engine's own passes make have the domain `Graph.ownDomain`. Importers of other formats say what they mean in ONNX's words:
/// a channels-last convolution is `Transpose` to channels first, `Conv`, `Transpose` back, and the layout pass removes the
/// transposes again.
package struct Graph: Sendable {
    /// The domain of the operators that the passes make.
    package static let ownDomain = "norface"

    /// Names a value inside one graph.
    package struct ValueID: Hashable, Sendable, Comparable {
        package let index: Int
        package init(_ index: Int) { self.index = index }
        package static func < (a: ValueID, b: ValueID) -> Bool { a.index < b.index }
    }

    /// What is known of a value before shapes are fixed.
    package struct Value: Sendable {
        /// The name in the model's file, or one made by the importer or a pass.
        package var name: String
        /// The element type, if known.
        package var type: DataType?
        /// The extents, nil where an axis is open; nil as a whole when even the rank is unknown.
        package var shape: [Int?]?
        /// The contents, when the value is a constant.
        package var constant: Tensor?
        /// The whole type and shape, once a session's shapes are settled.
        package var settled: TensorSpec?
    }

    /// An application of an operator.
    package struct Node: Sendable {
        package var op: String
        /// Empty for ONNX's own operators.
        package var domain: String
        /// The operator-set version whose definition holds.
        package var version: Int
        package var name: String
        /// nil where an optional input is left out.
        package var inputs: [ValueID?]
        /// nil where an optional output is not wanted.
        package var outputs: [ValueID?]
        package var attributes: [String: Attribute]

        package init(
            op: String, domain: String = "", version: Int, name: String = "", inputs: [ValueID?], outputs: [ValueID?],
            attributes: [String: Attribute] = [:]
        ) {
            self.op = op
            self.domain = domain
            self.version = version
            self.name = name
            self.inputs = inputs
            self.outputs = outputs
            self.attributes = attributes
        }

        /// For messages: the operator and the node's name.
        package var label: String { name.isEmpty ? op : "\(op) '\(name)'" }
    }

    package var values: [Value] = []
    /// In an order in which every value is made before it is used, once `sortTopologically` has run.
    package var nodes: [Node] = []
    package var inputs: [ValueID] = []
    package var outputs: [ValueID] = []

    package init() {}

    package subscript(id: ValueID) -> Value {
        get { values[id.index] }
        set { values[id.index] = newValue }
    }
}
