import Faces
import JSON
import Platform
import Records
import SystemPackage
import Testing

@testable import Expression

/// What goes through the networks, against onnxruntime's word on the same crops and geometry.
struct NetworkTests {
    private static func expected() throws -> ExpressionField {
        let path = TinyBundle.folder.appending("expected.json")
        return try ExpressionField(file: path, text: FileBytes.read(path, limit: 1 << 20), code: .invalidBundle)
    }

    private static func rows(_ name: String) throws -> [[Float]] {
        try expected().array(name).map { ($0.value.array ?? []).map { Float($0.number ?? .nan) } }
    }

    @Test func outputsAreThoseOfONNXRuntime() throws {
        let bundle = try TinyBundle.load()
        let layout = ChannelLayout(bundle.labels)
        let networks = try ExpressionNetworks(bundle: bundle, layout: layout, maximumFaces: 8)
        let raw = try networks.read((0..<3).map(TinyBundle.patterned))
        let (au, left, right) = (try Self.rows("au"), try Self.rows("left"), try Self.rows("right"))
        let logits = try Self.rows("emotion")
        for face in 0..<3 {
            let curve = try #require(bundle.manifest.calibration[1])
            let calibrated = [au[face][0], curve(au[face][1]), au[face][2], au[face][3]]
            let all = calibrated + left[face] + right[face]
            #expect(all.count == layout.count)
            for (a, b) in zip(all, raw[face].channels) { #expect(abs(a - b) < 1e-4) }
            var probabilities = [Float](repeating: 0, count: 3)
            logits[face].withUnsafeBufferPointer {
                Softmax.probabilities(of: $0, temperature: 1.5, into: &probabilities)
            }
            for (a, b) in zip(probabilities, raw[face].emotions) { #expect(abs(a - b) < 1e-4) }
        }
    }

    @Test func classifierSaysWhatTheGeometryHolds() throws {
        let bundle = try TinyBundle.load()
        let networks = try ExpressionNetworks(bundle: bundle, layout: ChannelLayout(bundle.labels), maximumFaces: 1)
        let words = TinyBundle.Words(au: [1, 0.2, 3, 4], left: [2, 4], right: [3, 1], emotion: [0, 3, 0])
        let raw = try networks.read([TinyBundle.face(words)])[0]
        let expected: [Float] = [1, 0, 3, 4, 2, 4, 3, 1]
        for (a, b) in zip(raw.channels, expected) { #expect(abs(a - b) < 1e-5) }
    }

    @Test func geometryThatIsNoNumberIsNoExpression() throws {
        let bundle = try TinyBundle.load()
        let networks = try ExpressionNetworks(bundle: bundle, layout: ChannelLayout(bundle.labels), maximumFaces: 1)
        var face = TinyBundle.face(.init(au: [1, 0, 0, 0]))
        for index in face.geometry.indices { face.geometry[index] = index % 2 == 0 ? .nan : .infinity }
        let raw = try networks.read([face])[0]
        #expect(raw.channels.allSatisfy { $0 == 0 })
        #expect(raw.emotions.allSatisfy { abs($0 - 1 / 3) < 1e-6 })
    }

    @Test(
        arguments: [
            ([0, 0, 0], [1.0 / 3, 1.0 / 3, 1.0 / 3]), ([2, 0, 0], [0.5761168, 0.2119416, 0.2119416]),
            ([Float.nan, 0, 0], [1.0 / 3, 1.0 / 3, 1.0 / 3]), ([1000, 0, -1000], [1, 0, 0]),
        ] as [([Float], [Float])])
    func softmaxKnowsTheTemperature(logits: [Float], expected: [Float]) {
        var output = [Float](repeating: 0, count: 3)
        logits.withUnsafeBufferPointer { Softmax.probabilities(of: $0, temperature: 2, into: &output) }
        for (a, b) in zip(output, expected) { #expect(abs(a - b) < 1e-6) }
    }

    @Test func batchesOfAnySizeAreReadInOrder() throws {
        let bundle = try TinyBundle.load()
        let networks = try ExpressionNetworks(bundle: bundle, layout: ChannelLayout(bundle.labels), maximumFaces: 8)
        for count in [1, 5, 8, 11, 2] {
            let raw = try networks.read((0..<count).map { TinyBundle.face(.init(au: [Float($0) * 0.4, 0, 0, 0])) })
            for index in 0..<count { #expect(abs(raw[index].channels[0] - Float(index) * 0.4) < 1e-5) }
        }
    }
}
