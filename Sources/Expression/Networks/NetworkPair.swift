internal import Inference

/// Normalizer and classifier made ready for a fixed number of faces. Running them allocates nothing.
///
/// Used by one thread at a time.
final class NetworkPair {
    /// How many faces go through at once.
    let faces: Int
    /// Crops, 0-1, `[faces, 1, S, S]`.
    let face: UnsafeMutableBufferPointer<Float>
    /// Geometry, `[faces, 3 * points]`.
    let geometry: UnsafeMutableBufferPointer<Float>
    /// Outputs, `[faces, labels]`, valid until the next run.
    let au: UnsafeBufferPointer<Float>
    let left: UnsafeBufferPointer<Float>
    let right: UnsafeBufferPointer<Float>
    let emotion: UnsafeBufferPointer<Float>
    /// Normalized faces, 0-1, `[faces, 1, s, s]`.
    let normalized: UnsafeBufferPointer<Float>

    private let normalizer: Session
    private let classifier: Session
    /// What the classifier reads of the normalizer's outputs, and where it wants them.
    private let links: [(from: UnsafeBufferPointer<Float>, to: UnsafeMutableBufferPointer<Float>)]

    /// - Throws: `unusableNetwork` when the engine cannot run a network; `invalidBundle` when a settled shape is not the manifest's.
    init(
        manifest: BundleManifest, normalizer: Model, classifier: Model, faces: Int
    ) throws(ExpressionError) {
        self.faces = faces
        let contract = NetworkContract(manifest)
        do throws(InferenceError) {
            self.normalizer = try Session(
                normalizer, shapes: ["face": [faces, 1, manifest.inputSize, manifest.inputSize]])
        } catch {
            throw ExpressionError(.unusableNetwork, "\(manifest.name)'s \(manifest.normalizer.file): \(error)")
        }
        try Self.check(manifest.normalizer.file, contract.normalizer.outputs, of: self.normalizer, faces: faces)
        do throws(InferenceError) {
            var shapes = ["geometry": [faces, 3 * manifest.geometryPoints.count]]
            for name in ["tokens", "normalized"] { shapes[name] = try self.normalizer.shape(of: name) }
            self.classifier = try Session(classifier, shapes: shapes)
        } catch {
            throw ExpressionError(.unusableNetwork, "\(manifest.name)'s \(manifest.classifier.file): \(error)")
        }
        try Self.check(manifest.classifier.file, contract.classifier.outputs, of: self.classifier, faces: faces)
        do throws(InferenceError) {
            face = try self.normalizer.input("face")
            geometry = try self.classifier.input("geometry")
            au = try self.classifier.output("au")
            left = try self.classifier.output("left")
            right = try self.classifier.output("right")
            emotion = try self.classifier.output("emotion")
            normalized = try self.normalizer.output("normalized")
            var links: [(from: UnsafeBufferPointer<Float>, to: UnsafeMutableBufferPointer<Float>)] = []
            for name in ["tokens", "normalized"] {
                links.append((try self.normalizer.output(name), try self.classifier.input(name)))
            }
            self.links = links
        } catch {
            throw ExpressionError(.unusableNetwork, "\(manifest.name): \(error)")
        }
        // Places of a batch that is not full are computed too; let them hold numbers.
        face.initialize(repeating: 0)
        geometry.initialize(repeating: 0)
    }

    private static func check(
        _ file: String, _ outputs: [(name: String, shape: NetworkContract.Shape)], of session: Session, faces: Int
    ) throws(ExpressionError) {
        for (name, shape) in outputs {
            let found: [Int]
            do throws(InferenceError) {
                found = try session.shape(of: name)
            } catch {
                throw ExpressionError(.invalidBundle, "\(file): \(error)")
            }
            try NetworkContract.check(file, "output", name, expected: shape, found: found)
            guard found[0] == faces else {
                throw ExpressionError(
                    .invalidBundle,
                    "\(file): the output '\(name)' has \(found[0]) rows for \(faces) faces: its batch axis is fixed")
            }
        }
    }

    /// Bytes of memory that both sessions take.
    var byteCount: Int { normalizer.byteCount + classifier.byteCount }

    /// Computes the outputs from what stands in `face` and `geometry`.
    ///
    /// - Throws: `unusableNetwork`.
    func run() throws(ExpressionError) {
        do throws(InferenceError) {
            try normalizer.run()
            for (from, to) in links { _ = to.update(from: from) }
            try classifier.run()
        } catch {
            throw ExpressionError(.unusableNetwork, "\(error)")
        }
    }
}
