internal import Faces
internal import Inference

/// The inputs and outputs that the networks of a bundle must have, by the bundle's own manifest.
struct NetworkContract {
    /// The extents of a tensor behind the batch axis; nil where any will do.
    typealias Shape = [Int?]

    /// What a network reads and computes.
    struct Ports {
        let inputs: [(name: String, shape: Shape)]
        let outputs: [(name: String, shape: Shape)]
    }

    let normalizer: Ports
    let classifier: Ports

    init(_ manifest: BundleManifest) {
        let (input, normalized) = (manifest.inputSize, manifest.normalizedSize)
        let labels = manifest.labels
        let tokens: Shape = [nil, nil, nil]
        normalizer = Ports(
            inputs: [("face", [1, input, input])],
            outputs: [("tokens", tokens), ("normalized", [1, normalized, normalized])])
        classifier = Ports(
            inputs: [
                ("tokens", tokens), ("normalized", [1, normalized, normalized]),
                ("geometry", [3 * manifest.geometryPoints.count]),
            ],
            outputs: [
                ("au", [labels.au.count]), ("left", [labels.sides.count]), ("right", [labels.sides.count]),
                ("emotion", [labels.emotions.count]),
            ])
    }

    /// Checks what a model's file declares; what it leaves open passes.
    ///
    /// - Throws: `invalidBundle`, naming the file, the tensor, its shape and the expected one.
    func check(
        _ file: String, _ ports: Ports, inputs: [ValueInfo], outputs: [ValueInfo]
    ) throws(ExpressionError) {
        try Self.check(file, "input", ports.inputs, inputs)
        try Self.check(file, "output", ports.outputs, outputs)
    }

    private static func check(
        _ file: String, _ kind: String, _ expected: [(name: String, shape: Shape)], _ found: [ValueInfo]
    ) throws(ExpressionError) {
        for (name, shape) in expected {
            guard let value = found.first(where: { $0.name == name }) else {
                throw ExpressionError(.invalidBundle, "\(file): the network has no \(kind) '\(name)'")
            }
            if let type = value.type, type != .float32 {
                throw ExpressionError(.invalidBundle, "\(file): the \(kind) '\(name)' is \(type), not float32")
            }
            guard let extents = value.shape else { continue }
            try check(file, kind, name, expected: shape, found: extents)
        }
    }

    /// Checks one tensor's shape, batch axis first.
    static func check(
        _ file: String, _ kind: String, _ name: String, expected: Shape, found: Shape
    ) throws(ExpressionError) {
        let matches =
            found.count == expected.count + 1
            && zip(expected, found.dropFirst()).allSatisfy { $0 == nil || $1 == nil || $0 == $1 }
        guard matches else {
            throw ExpressionError(
                .invalidBundle,
                "\(file): the \(kind) '\(name)' has the shape \(text(found)), where bundle.json expects \(text([nil] + expected))"
            )
        }
    }

    private static func text(_ shape: Shape) -> String {
        "[" + shape.map { $0.map(String.init) ?? "?" }.joined(separator: ", ") + "]"
    }
}
