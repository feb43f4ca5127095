import Faces
import SystemPackage
import TestSupport

@testable import Expression

/// The committed bundle of a few kilobytes (`Tests/Fixtures/bundles.py`). On a black crop its classifier says what stands in
/// the geometry, so that a test can make it say what it likes.
enum TinyBundle {
    static let folder = Paths.fixtures.appending("bundle")
    static let files = ["bundle.json", "normalizer.onnx", "classifier.onnx"]

    static func load() throws -> ExpressionBundle { try ExpressionBundle(directory: folder) }

    /// What the classifier is to say of a face. Neutral unless told otherwise.
    struct Words {
        var au: [Float] = [0, 0, 0, 0]
        var left: [Float] = [0, 0]
        var right: [Float] = [0, 0]
        /// Logits of neutral, happiness and surprise.
        var emotion: [Float] = [9, 0, 0]
    }

    /// A face of which the classifier says that.
    static func face(_ words: Words, track: Int = 1, quality: Float = 1) -> Face {
        var geometry = [Float](repeating: 0, count: 468 * 3)
        let values = words.au + words.left + words.right + words.emotion
        for (index, value) in values.enumerated() {
            let point = [1, 33, 61, 199][index / 3]
            geometry[3 * point + index % 3] = value / 10
        }
        return Face(
            track: track, crop: [UInt8](repeating: 0, count: 256), geometry: geometry, quality: quality)
    }

    /// The faces for which `expected.json` says what onnxruntime makes of them.
    static func patterned(_ face: Int) -> Face {
        Face(
            track: face, crop: (0..<256).map { UInt8(($0 * 7 + $0 / 16 * 13 + face * 31) % 256) },
            geometry: (0..<468 * 3).map { Float(($0 * 37 + face * 11) % 101 - 20) / 400 }, quality: 1)
    }
}
