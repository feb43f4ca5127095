public import Faces
internal import Inference
internal import Platform
public import SystemPackage

/// A folder with the networks that read expressions and what is to be known of them (`Documentation/Bundle.md`), loaded and checked.
///
/// One value serves any number of analyzers: they share its constants, and what one has made ready is used again by the next.
public struct ExpressionBundle: Sendable {
    let manifest: BundleManifest
    let normalizer: Model
    let classifier: Model
    private let directory: FilePath
    /// Networks that nobody uses, by the faces that go through at once.
    let idle = IdlePool<Int, NetworkPair>()

    /// Loads a bundle: its manifest, its networks' digests, and the label lists against the networks' shapes.
    ///
    /// - Throws: `missingBundle`, `invalidBundle`, `wrongHash`.
    public init(directory: FilePath) throws(ExpressionError) {
        self.directory = directory
        manifest = try BundleManifest(directory: directory)
        (normalizer, classifier) = try sideBySide { [manifest] () throws(ExpressionError) in
            try Self.load(manifest.normalizer, directory)
        } _: { [manifest] () throws(ExpressionError) in
            try Self.load(manifest.classifier, directory)
        }
        let contract = NetworkContract(manifest)
        try contract.check(
            "\(directory.appending(manifest.normalizer.file))", contract.normalizer, inputs: normalizer.inputs,
            outputs: normalizer.outputs)
        try contract.check(
            "\(directory.appending(manifest.classifier.file))", contract.classifier, inputs: classifier.inputs,
            outputs: classifier.outputs)
        // What the files leave open is settled, and so checked, when sessions are made; one of each now, so that a bundle that was
        // loaded can be run.
        giveBack(try pair(faces: 1))
    }

    /// Networks for one user, who gives them back.
    ///
    /// - Throws: `unusableNetwork`, `invalidBundle`.
    func pair(faces: Int) throws(ExpressionError) -> NetworkPair {
        if let pair = idle.take(faces) { return pair }
        return try NetworkPair(manifest: manifest, normalizer: normalizer, classifier: classifier, faces: faces)
    }

    /// Takes networks back.
    func giveBack(_ pair: NetworkPair) {
        idle.giveBack(pair, pair.faces)
    }

    /// The bundle's name.
    public var name: String { manifest.name }
    /// The bundle's version.
    public var version: String { manifest.version }
    /// What the networks speak of.
    public var labels: FaceLabels { manifest.labels }
    /// The side of the crop that the networks read, in pixels.
    public var inputSize: Int { manifest.inputSize }
    /// SHA-256 of each network's file, the normalizer's first.
    public var hashes: [(name: String, sha256: String)] {
        [manifest.normalizer, manifest.classifier].map { ($0.name, $0.sha256) }
    }

    /// The network for portraits, read when it is asked for: only who draws faces needs it.
    ///
    /// It stands in `portrait.onnx`, or in the file that bundle.json names, whose digest is checked then.
    ///
    /// - Returns: nil where the bundle has none.
    /// - Throws: `missingBundle`, `invalidBundle`, `wrongHash`.
    func loadPortrait() throws(ExpressionError) -> PortraitNetwork? {
        if let network = manifest.portrait {
            return try PortraitNetwork(Self.load(network, directory), file: network.file, inputSize: inputSize)
        }
        let file = "portrait.onnx"
        guard directory.appending(file).exists else { return nil }
        let model = try Self.load(BundleManifest.Network(name: "portrait", file: file, sha256: ""), directory)
        return try PortraitNetwork(model, file: file, inputSize: inputSize)
    }

    /// - Parameter network: without a digest none is compared.
    private static func load(
        _ network: BundleManifest.Network, _ directory: FilePath
    ) throws(ExpressionError) -> Model {
        let path = directory.appending(network.file)
        let bytes: [UInt8]
        do throws(Errno) {
            bytes = try FileBytes.read(path, limit: 1 << 31)
        } catch {
            throw ExpressionError(.missingBundle, "\(path): \(error); bundle.json names it as the \(network.name)")
        }
        // The digest takes as long as the rest. A file that is not the one that is meant may be anything: its digest goes first.
        let (found, model) = sideBySide {
            network.sha256.isEmpty ? "" : SHA256.hex(of: bytes)
        } _: {
            bytes.withUnsafeBytes { bytes in Result { () throws(InferenceError) in try Model(bytes: bytes) } }
        }
        guard found == network.sha256 else {
            throw ExpressionError(
                .wrongHash,
                "\(path) is not the file that bundle.json was written for (SHA-256 \(found), expected \(network.sha256))"
            )
        }
        switch model {
        case .success(let model): return model
        case .failure(let error): throw ExpressionError(.invalidBundle, "\(path): \(error)")
        }
    }
}
