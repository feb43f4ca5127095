import Faces
import Platform
import SystemPackage
import TestSupport
import Testing

@testable import Expression

/// The normalized faces that an analyzer hands on.
struct NormalizedPictureTests {
    private static let portrait = Paths.fixtures.appending("portrait/portrait.onnx")

    private func bundle(_ files: [String: FilePath] = [:]) throws -> (TemporaryFolder, ExpressionBundle) {
        let folder = try TemporaryFolder()
        for name in TinyBundle.files {
            try File.write(try File.read(TinyBundle.folder.appending(name)), to: folder.path.appending(name))
        }
        for (name, path) in files { try File.write(try File.read(path), to: folder.path.appending(name)) }
        return (folder, try ExpressionBundle(directory: folder.path))
    }

    private func read(_ bundle: ExpressionBundle, _ picture: NormalizedPicture, _ faces: [Face]) throws -> [Face] {
        var options = ExpressionOptions()
        options.picture = picture
        return try ExpressionAnalyzer(bundle: bundle, options: options).analyze(faces, pts: 0, epoch: 0)
    }

    @Test func nobodyGetsAPictureWhoDoesNotAskForOne() throws {
        let faces = try read(TinyBundle.load(), .none, [TinyBundle.patterned(1)])
        #expect(faces[0].normalized.isEmpty)
    }

    @Test func eachFaceHasItsOwnPicture() throws {
        let all = (0..<11).map { TinyBundle.patterned($0) }
        let together = try read(TinyBundle.load(), .plain, all)
        #expect(Set(together.map(\.normalized)).count > 8)
        for (face, expected) in zip(all, together) {
            let alone = try read(TinyBundle.load(), .plain, [face])
            #expect(alone[0].normalized == expected.normalized && expected.normalized.count == 256)
            #expect(alone[0].au == expected.au)
        }
    }

    @Test func aPortraitIsTheNetworksOwnAndTheNormalizersWithoutOne() throws {
        let face = TinyBundle.patterned(3)
        let (_, plain) = try bundle()
        let without = try read(plain, .portrait, [face])
        #expect(try without[0].normalized == read(plain, .plain, [face])[0].normalized)
        let (folder, drawn) = try bundle(["portrait.onnx": Self.portrait])
        let with = try read(drawn, .portrait, [face, TinyBundle.patterned(4)])
        // Each pixel of the crop, four times.
        for row in 0..<32 {
            for column in 0..<32 {
                #expect(with[0].normalized[row * 32 + column] == face.crop[row / 2 * 16 + column / 2])
            }
        }
        #expect(with[1].normalized != with[0].normalized)
        #expect(try read(drawn, .plain, [face])[0].normalized == without[0].normalized)
        withExtendedLifetime(folder) {}
    }

    @Test func whatMakesNoPortraitsIsRefusedWhenItIsAskedFor() throws {
        let (folder, bundle) = try bundle(["portrait.onnx": TinyBundle.folder.appending("classifier.onnx")])
        defer { withExtendedLifetime(folder) {} }
        _ = try read(bundle, .plain, [TinyBundle.patterned(1)])
        let error = #expect(throws: ExpressionError.self) { _ = try read(bundle, .portrait, []) }
        #expect(error?.description.contains("portrait.onnx") ?? false)
    }
}
