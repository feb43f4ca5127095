import Faces
import Glibc
import SystemPackage
import TestSupport
import Testing

@testable import Expression

/// The shipped bundle against onnxruntime, on the same crops and geometry.
struct ParityTests {
    static let python = getenv("NORFACE_PYTHON").map { String(cString: $0) }

    @Test(
        .enabled(if: RealBundle.isThere, RealBundle.absence),
        .enabled(if: python != nil, "NORFACE_PYTHON names no Python with numpy and onnxruntime"))
    func shippedBundleGivesONNXRuntimesOutputs() throws {
        let bundle = try RealBundle.load()
        let faces = (0..<5).map {
            AnalyzerTests.observation(track: $0, seed: UInt64(100 + $0), size: bundle.inputSize)
        }
        let folder = try TemporaryFolder()
        var bytes: [UInt8] = []
        for face in faces {
            bytes += face.crop
            face.geometry.withUnsafeBytes { bytes += $0 }
        }
        let (input, output) = (folder.path.appending("faces"), folder.path.appending("outputs"))
        try File.write(bytes, to: input)
        let script = Paths.package.appending("Tests/ExpressionTests/Tools/onnx_reference.py")
        try Command.run([
            #require(Self.python), script.string, #require(RealBundle.folder).string, input.string, "\(faces.count)",
            output.string,
        ])
        let expected = try File.read(output).withUnsafeBytes { Array($0.bindMemory(to: Float.self)) }

        let layout = ChannelLayout(bundle.labels)
        let raw = try ExpressionNetworks(bundle: bundle, layout: layout, maximumFaces: 8).read(faces)
        let emotions = bundle.labels.emotions.count
        let width = layout.count + emotions
        try #require(expected.count == width * faces.count)
        for face in faces.indices {
            let row = expected[face * width..<(face + 1) * width]
            var probabilities = [Float](repeating: 0, count: emotions)
            Array(row.suffix(emotions)).withUnsafeBufferPointer {
                Softmax.probabilities(of: $0, temperature: bundle.manifest.temperature, into: &probabilities)
            }
            for (a, b) in zip(row.prefix(layout.count), raw[face].channels) { #expect(abs(a - b) < 1e-4) }
            for (a, b) in zip(probabilities, raw[face].emotions) { #expect(abs(a - b) < 1e-4) }
        }
    }
}
