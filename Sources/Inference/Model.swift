internal import Platform
public import SystemPackage

/// A network read from a file: its graph and constants, shared by all sessions that run it.
public struct Model: Sendable {
    package let graph: Graph
    let packed: PackedConstants
    /// What the caller gives, in the model's order.
    public let inputs: [ValueInfo]
    /// What the model computes, in the model's order.
    public let outputs: [ValueInfo]

    /// A model from the bytes of a file. The content tells the kind: TFLite's flatbuffers carry `TFL3` at byte 4, everything else
    /// is read as ONNX.
    ///
    /// - Throws: `malformedModel` for bytes that are no whole model, `unsupportedModel` and `unsupportedOperator` for what the
    ///   engine does not know; the message names it.
    public init(bytes: UnsafeRawBufferPointer) throws(InferenceError) {
        let isTFLite = bytes.count >= 8 && bytes[4..<8].elementsEqual("TFL3".utf8)
        self = try Model(importing: isTFLite ? TFLiteImporter.read(bytes) : ONNXImporter.read(bytes))
    }

    /// A model from a graph made by an importer or a test.
    package init(importing graph: Graph) throws(InferenceError) {
        for node in graph.nodes { _ = try Operator.definition(of: node) }
        self.graph = graph
        // By storage, for values may share one.
        var stored: [ObjectIdentifier: Int] = [:]
        for case let tensor? in graph.values.map(\.constant) {
            stored[ObjectIdentifier(tensor.storage)] = tensor.spec.byteCount
        }
        for node in graph.nodes {
            for case .tensor(let tensor) in node.attributes.values {
                stored[ObjectIdentifier(tensor.storage)] = tensor.spec.byteCount
            }
        }
        let bytes = try Checked.sum(Array(stored.values), limit: .max >> 4, "constants in bytes")
        packed = PackedConstants(maximumBytes: Session.standardMaximumBytes + 8 * bytes)
        inputs = graph.inputs.map { ValueInfo(name: graph[$0].name, type: graph[$0].type, shape: graph[$0].shape) }
        outputs = graph.outputs.map { ValueInfo(name: graph[$0].name, type: graph[$0].type, shape: graph[$0].shape) }
    }

    /// Constants in the arrangement that a kernel wants, made for the model's sessions: how many, and the bytes that they take.
    package var packedConstants: (count: Int, bytes: Int) { packed.kept }

    /// The longest file of a model that is read, in bytes: what protocol buffers and flatbuffers can hold at most.
    public static let sizeLimit = 1 << 31

    /// A model from a file, ONNX or TFLite.
    ///
    /// - Throws: `cannotRead` when the file cannot be read, otherwise as `init(bytes:)`; the message begins with the path.
    public static func load(contentsOf path: FilePath) throws(InferenceError) -> Model {
        let bytes: [UInt8]
        do {
            bytes = try FileBytes.read(path, limit: sizeLimit)
        } catch {
            throw InferenceError(.cannotRead, "\(path): \(error)")
        }
        let result: Result<Model, InferenceError> = bytes.withUnsafeBytes { bytes in
            do throws(InferenceError) {
                return .success(try Model(bytes: bytes))
            } catch {
                return .failure(error.within("\(path)"))
            }
        }
        return try result.get()
    }
}
