import Inference
import Platform
import SystemPackage
import TestSupport
import Testing

/// The engine against onnxruntime: on small networks with the patterns of PyTorch's exports, and on the bundles there are.
struct ONNXParityTests {
    static let isMissing: Comment = "needs NORFACE_PYTHON with onnx and onnxruntime"
    static let hasNoBundle: Comment =
        "needs NORFACE_PYTHON with onnxruntime, and a bundle in Models or in a folder that NORFACE_BUNDLES names"

    /// Compares every output of every model, for batches 1 and 3.
    static func compare(_ models: [FilePath]) throws {
        let folder = try TemporaryFolder()
        try References.run("onnx_reference.py", [folder.path.string] + models.map(\.string))
        var number = 0
        while Files.exists(folder.path.appending("\(number)")) {
            try compare(folder.path.appending("\(number)"))
            number += 1
        }
        #expect(number == 2 * models.count)
    }

    private static func compare(_ place: FilePath) throws {
        let path = FilePath(try Files.text(place.appending("model")))
        let model = try Model.load(contentsOf: path)
        let lines = try Files.text(place.appending("manifest")).split(separator: "\n")
        let entries = lines.map { $0.split(separator: " ").map(String.init) }
        var shapes: [String: [Int]] = [:]
        for entry in entries where entry[0] == "input" {
            shapes[entry[2]] = entry[3].split(separator: "x").compactMap { Int($0) }
        }
        for optimized in [true, false] {
            let session = try Session(model, shapes: shapes, optimized: optimized)
            for entry in entries where entry[0] == "input" {
                let target = try session.input(entry[2])
                let values = try References.floats(place.appending("input.\(entry[1]).raw"))
                try #require(values.count == target.count)
                for (position, value) in values.enumerated() { target[position] = value }
            }
            try session.run()
            for entry in entries where entry[0] == "output" {
                let expected = try References.floats(place.appending("output.\(entry[1]).raw"))
                let distance = References.distance(try session.output(entry[2]), expected)
                #expect(
                    distance <= 1e-4,
                    "\(path.lastComponent?.string ?? "") \(shapes), output \(entry[2]), passes \(optimized): \(distance)"
                )
            }
        }
    }

    @Test(.enabled(if: References.python != nil, isMissing))
    func smallNetworksGiveOnnxruntimesOutputs() throws {
        let folder = try TemporaryFolder()
        try References.run("onnx_networks.py", [folder.path.string])
        let models = References.files(folder.path, ending: ".onnx")
        #expect(models.count == 6)
        try Self.compare(models)
    }

    @Test(.enabled(if: References.python != nil && !References.bundles.isEmpty, hasNoBundle))
    func bundlesGiveOnnxruntimesOutputs() throws {
        try Self.compare(References.bundles)
    }
}
