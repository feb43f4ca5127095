import Inference
import Platform
import SystemPackage
import TestSupport
import Testing

/// The engine against LiteRT on the front-end's networks.
struct TFLiteParityTests {
    static let isMissing: Comment =
        "needs NORFACE_PYTHON with ai-edge-litert, and Models/front-end ('norface models fetch')"

    @Test(.enabled(if: References.python != nil && !References.frontEnd.isEmpty, isMissing))
    func everyFrontEndNetworkGivesLiteRTsOutputs() throws {
        let folder = try TemporaryFolder()
        try References.run("litert_reference.py", [folder.path.string] + References.frontEnd.map(\.string))
        let names = try Files.list(folder.path).sorted()
        #expect(names.count == References.frontEnd.count)
        for name in names {
            let place = folder.path.appending(name)
            let model = try Model.load(contentsOf: FilePath(try Files.text(place.appending("model"))))
            let session = try Session(model)
            var cases = 0
            while Files.exists(place.appending("\(cases).input.0.raw")) {
                for (index, info) in model.inputs.enumerated() {
                    let values = try References.floats(place.appending("\(cases).input.\(index).raw"))
                    let target = try session.input(info.name)
                    try #require(values.count == target.count)
                    for (position, value) in values.enumerated() { target[position] = value }
                }
                try session.run()
                for (index, info) in model.outputs.enumerated() {
                    let expected = try References.floats(place.appending("\(cases).output.\(index).raw"))
                    let distance = References.distance(try session.output(info.name), expected)
                    #expect(distance <= 1e-4, "\(name), output \(info.name), case \(cases): \(distance)")
                }
                cases += 1
            }
            #expect(cases > 0, "\(name) has no case")
        }
    }
}
