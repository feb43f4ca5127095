import Inference
import Testing

/// Weights, and what the kernels make of them, are there once however many sessions run a model.
struct SharingTests {
    private static func shapes(_ model: Model, faces: Int) -> [String: [Int]] {
        var shapes: [String: [Int]] = [:]
        for info in model.inputs where info.shape?.contains(nil) ?? false {
            shapes[info.name] = info.shape?.map { $0 ?? faces }
        }
        return shapes
    }

    @Test(.enabled(if: !(References.frontEnd + References.bundles).isEmpty, "there are no networks in Models"))
    func sessionsShareWeightsAndPackedWeights() throws {
        for path in References.frontEnd + References.bundles {
            let model = try Model.load(contentsOf: path)
            let first = try Session(model, shapes: Self.shapes(model, faces: 1))
            let made = model.packedConstants
            #expect(made.bytes > 0, "\(path)")
            // Another number of faces wants the same weights.
            let others = try [1, 1, 3].map { try Session(model, shapes: Self.shapes(model, faces: $0)) }
            #expect(model.packedConstants == made, "\(path)")
            for session in [first] + others {
                // Tables for positions, windows over a crop and the like; of a small network they are a larger part, and far from its weights.
                let allowed = max(made.bytes / 20, 100_000)
                #expect(session.ownConstantBytes < allowed, "\(path): \(session.ownConstantBytes) bytes")
            }
        }
    }
}
