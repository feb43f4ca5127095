import Inference
import SystemPackage
import TestSupport
import Testing

/// The engine against LiteRT on whole models. The references are written by
///
///     python3 Tests/InferenceTests/Tools/litert_reference.py .cache/litert Models/front-end/*.tflite
struct TFLiteParityTests {
    /// `NORFACE_LITERT_REFERENCE`, or `.cache/litert` in the package.
    static var folder: FilePath? {
        let folder =
            Files.environment("NORFACE_LITERT_REFERENCE").map { FilePath($0) }
            ?? Paths.package.appending(".cache/litert")
        return Files.exists(folder) ? folder : nil
    }

    static let isMissing: Comment =
        "LiteRT's outputs are not there: run Tests/InferenceTests/Tools/litert_reference.py .cache/litert MODEL.tflite..."

    static func floats(_ path: FilePath) throws -> [Float] {
        try Files.read(path).withUnsafeBytes { Array($0.bindMemory(to: Float.self)) }
    }

    @Test(.enabled(if: folder != nil, isMissing))
    func everyModelGivesLiteRTsOutputs() throws {
        let folder = try #require(Self.folder)
        let names = try Files.list(folder).sorted()
        #expect(!names.isEmpty)
        for name in names {
            let place = folder.appending(name)
            let model = try Model.load(contentsOf: FilePath(try Files.text(place.appending("model"))))
            let session = try Session(model)
            var cases = 0
            while Files.exists(place.appending("\(cases).input.0.raw")) {
                for (index, info) in model.inputs.enumerated() {
                    let values = try Self.floats(place.appending("\(cases).input.\(index).raw"))
                    let target = try session.input(info.name)
                    try #require(values.count == target.count)
                    for (position, value) in values.enumerated() { target[position] = value }
                }
                try session.run()
                for (index, info) in model.outputs.enumerated() {
                    let expected = try Self.floats(place.appending("\(cases).output.\(index).raw"))
                    let actual = try session.output(info.name)
                    try #require(actual.count == expected.count, "\(name) \(info.name)")
                    // 1e-4 of the output's range, and of one where an output of a single number has no range.
                    let range = (expected.max() ?? 0) - (expected.min() ?? 0)
                    let allowed = 1e-4 * (expected.count > 1 ? range : max(1, abs(expected[0])))
                    let worst = zip(actual, expected).map { abs($0 - $1) }.max() ?? 0
                    #expect(worst <= allowed, "\(name), output \(info.name), case \(cases)")
                }
                cases += 1
            }
            #expect(cases > 0, "\(name) has no case")
        }
    }
}
