import FaceTracking
import Faces
import Media
import Platform
import SystemPackage
import TestSupport
import Testing

/// The small networks, as files.
struct FaceNetworksTests {
    private let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    /// A copy of the shipped folder, changed.
    private func copy(_ change: (String) -> String = { $0 }) throws -> FilePath {
        let copy = folder.path.appending("faces")
        try Command.run("cp", "-r", FrontEnd.faces.string, copy.string)
        let manifest = copy.appending("faces.json")
        let text = String(decoding: try File.read(manifest), as: UTF8.self)
        try File.write(Array(change(text).utf8), to: manifest)
        return copy
    }

    private func code(of folder: FilePath) -> FaceTrackingError.Code? {
        do throws(FaceTrackingError) {
            _ = try FaceNetworks(directory: folder)
            return nil
        } catch {
            return error.code
        }
    }

    @Test func theShippedOnesAreWhole() throws {
        let networks = try FaceNetworks(directory: FrontEnd.faces)
        #expect(networks.name == "norface-faces")
        #expect(networks.hashes.map(\.name) == ["identity", "visibility", "gaze"])
        #expect(networks.hashes.allSatisfy { $0.sha256.utf8.count == 64 })
    }

    @Test func aFolderThatIsNotThereIsNamed() {
        let missing = folder.path.appending("nowhere")
        let error = #expect(throws: FaceTrackingError.self) { try FaceNetworks(directory: missing) }
        #expect(error?.code == .missingModel && error?.message.contains("nowhere/faces.json") == true)
    }

    @Test func aNetworkThatWasChangedIsRefused() throws {
        let copy = try copy()
        let file = copy.appending("gaze.onnx")
        try File.write(Array(try File.read(file).dropLast()), to: file)
        let error = #expect(throws: FaceTrackingError.self) { try FaceNetworks(directory: copy) }
        #expect(error?.code == .wrongModel && error?.message.contains("gaze.onnx") == true)
    }

    @Test func aManifestOfAnotherFormatOrThatLeavesItsFolderIsRefused() throws {
        #expect(try code(of: copy { $0.replacing("\"format\": 1", with: "\"format\": 2") }) == .wrongModel)
        try Command.run("rm", "-r", folder.path.appending("faces").string)
        #expect(try code(of: copy { $0.replacing("\"gaze.onnx\"", with: "\"../gaze.onnx\"") }) == .wrongModel)
        try Command.run("rm", "-r", folder.path.appending("faces").string)
        #expect(try code(of: copy { $0.replacing("\"sure\": ", with: "\"sure\": 9") }) == .wrongModel)
        try Command.run("rm", "-r", folder.path.appending("faces").string)
        #expect(try code(of: copy { _ in "{" }) == .wrongModel)
    }

    /// Whoever takes one of the networks out loses what it tells, and nothing else.
    @Test(.enabled(if: FrontEnd.isThere, FrontEnd.reason)) func eachOfThemMayBeMissing() throws {
        let copy = try copy {
            $0.replacing("\"gaze\":", with: "\"no_gaze\":").replacing("\"visibility\":", with: "\"no\":")
        }
        let models = try FrontEndModels(directory: FrontEnd.directory, faces: FaceNetworks(directory: copy))
        let picture = try Fixture.picture("face.jpg")
        let face = try #require(try FaceTracker(models: models).process(picture.image, pts: 0, epoch: 0).first)
        #expect(face.visible.isEmpty && face.gaze == nil)
        let whole = try FaceTracker(models: FrontEnd.models())
        let same = try #require(try whole.process(picture.image, pts: 0, epoch: 0).first)
        #expect(same.visible.count == FaceRegionName.count && same.landmarks == face.landmarks)
    }
}
