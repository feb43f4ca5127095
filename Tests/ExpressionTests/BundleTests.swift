import Faces
import Glibc
import Platform
import SystemPackage
import TestSupport
import Testing

@testable import Expression

struct BundleTests {
    @Test func bundleSaysWhatItIs() throws {
        let bundle = try TinyBundle.load()
        #expect(bundle.name == "tiny" && bundle.version == "1.0.0" && bundle.inputSize == 16)
        #expect(bundle.labels.au == ["AU01", "AU04", "AU12", "AU43"])
        #expect(bundle.labels.sides == ["AU12", "AU43"])
        #expect(bundle.labels.emotions == ["neutral", "happiness", "surprise"])
        #expect(bundle.hashes.map(\.name) == ["normalizer", "classifier"])
        for hash in bundle.hashes {
            #expect(try SHA256.hex(ofFile: TinyBundle.folder.appending("\(hash.name).onnx")) == hash.sha256)
        }
    }

    /// A copy of the bundle whose manifest has one text put for another.
    private static func damaged(_ old: String, _ new: String) throws -> TemporaryFolder {
        let folder = try TemporaryFolder()
        for name in TinyBundle.files {
            try File.write(try File.read(TinyBundle.folder.appending(name)), to: folder.path.appending(name))
        }
        let text = String(decoding: try File.read(folder.path.appending("bundle.json")), as: UTF8.self)
        // Numbers and strings stand on lines of their own there; what is compared is the text without white space.
        let packed = String(text.filter { !$0.isWhitespace })
        try #require(packed.contains(old), "the fixture does not hold \(old)")
        let start = try #require(packed.firstRange(of: old))
        try File.write(
            (packed[..<start.lowerBound] + new + packed[start.upperBound...]).utf8,
            to: folder.path.appending("bundle.json"))
        return folder
    }

    private static func error(of folder: FilePath) throws -> ExpressionError {
        try #require(#expect(throws: ExpressionError.self) { _ = try ExpressionBundle(directory: folder) })
    }

    /// Each damage, and what the error must name besides the file.
    @Test(arguments: [
        (#""format":1"#, #""format":2"#, "format"),
        (#""format":1,"#, "", "format"),
        (#""name":"tiny""#, #""name":7"#, "name"),
        (#""version":"1.0.0","#, "", "version"),
        (#""alignment":"anchors-8""#, #""alignment":"eyes""#, "alignment"),
        (#""size":16"#, #""size":"16""#, "input.size"),
        (#""size":16"#, #""size":24"#, "face"),
        (#""points":[1,33,61,199]"#, #""points":[1,33,61,468]"#, "geometry.points.3"),
        (#""points":[1,33,61,199]"#, #""points":[1,33,61]"#, "geometry"),
        (#""points":[1,33,61,199]"#, #""points":[]"#, "points"),
        (#""scale":10.0"#, #""scale":null"#, "geometry.scale"),
        (#""au":["AU01","AU04","AU12","AU43"]"#, #""au":["AU01","AU04","AU12"]"#, "AU43"),
        (#""au":["AU01","#, #""au":["AU02","AU01","#, "thresholds.AU02"),
        (#""sides":["AU12","AU43"]"#, #""sides":["AU12"]"#, "left"),
        (#""sides":["AU12","AU43"]"#, #""sides":["AU12","AU12"]"#, "labels.sides.1"),
        (#""emotions":["neutral","happiness","surprise"]"#, #""emotions":["neutral","happiness"]"#, "emotion"),
        (#""networks":{"#, #""networks":[],"other":{"#, "networks"),
        (#""file":"classifier.onnx""#, #""file":"../classifier.onnx""#, "networks.classifier"),
        (#""file":"classifier.onnx""#, #""file":"other.onnx""#, "other.onnx"),
        (#""sha256":""#, #""sha256":"x"#, "networks.normalizer"),
        (#""normalized":{"size":16}"#, #""normalized":{"size":32}"#, "normalized"),
        (#""x":[0.5,1.5,4.5]"#, #""x":[0.5,0.5,4.5]"#, "calibration.AU04"),
        (#""y":[0.0,2.0,5.0]"#, #""y":[0.0,2.0]"#, "calibration.AU04"),
        (#""y":[0.0,2.0,5.0]"#, #""y":[0.0,2.0,1.0]"#, "calibration.AU04"),
        (#""AU12":{"on":1.0,"off":0.7}"#, #""AU12":{"on":1.0,"off":1.7}"#, "thresholds.AU12"),
        (#""AU12":{"on":1.0,"off":0.7}"#, #""AU12":{"on":1.0}"#, "thresholds.AU12.off"),
        (#""emotion_temperature":1.5"#, #""emotion_temperature":0"#, "emotion_temperature"),
        (#""smoothing":{}"#, #""smoothing":{"gap_s":"long"}"#, "smoothing.gap_s"),
        (#""smoothing":{}}"#, #""smoothing":{}"#, "JSON"),
    ])
    func damagedManifestIsAnErrorThatNamesThePlace(old: String, new: String, place: String) throws {
        let folder = try Self.damaged(old, new)
        let error = try Self.error(of: folder.path)
        let expected: ExpressionError.Code = place == "other.onnx" ? .missingBundle : .invalidBundle
        #expect(error.code == expected, "\(error)")
        #expect(error.message.contains(place), "\(error)")
        #expect(error.message.contains(folder.path.string) || error.message.contains(".onnx"), "\(error)")
    }

    @Test func unknownKeysAreIgnored() throws {
        let folder = try Self.damaged(#""format":1"#, #""format":1,"later":{"a":[1,null,"x"]}"#)
        #expect(try ExpressionBundle(directory: folder.path).name == "tiny")
    }

    @Test func bundlesOwnSmoothingIsTheDefault() throws {
        let folder = try Self.damaged(#""smoothing":{}"#, #""smoothing":{"gap_s":2.5,"lid_beta":9,"unheard_of":1}"#)
        let options = ExpressionOptions(bundle: try ExpressionBundle(directory: folder.path))
        var expected = ExpressionOptions()
        expected.smoothing.gap = 2.5
        expected.smoothing.lid.beta = 9
        #expect(options == expected)
    }

    @Test(arguments: TinyBundle.files) func missingFileIsAnErrorThatNamesIt(name: String) throws {
        let folder = try Self.damaged(#""format":1"#, #""format":1"#)
        unlink(folder.path.appending(name).string)
        let error = try Self.error(of: folder.path)
        #expect(error.code == .missingBundle && error.message.contains(folder.path.appending(name).string), "\(error)")
    }

    @Test(arguments: ["normalizer", "classifier"]) func networkOfOtherBytesIsAnErrorThatNamesIt(name: String) throws {
        let folder = try Self.damaged(#""format":1"#, #""format":1"#)
        let path = folder.path.appending("\(name).onnx")
        var bytes = try File.read(path)
        bytes[bytes.count / 2] ^= 1
        try File.write(bytes, to: path)
        let error = try Self.error(of: folder.path)
        #expect(error.code == .wrongHash && error.message.contains(path.string), "\(error)")
    }

    /// A network cut anywhere, with a manifest that was made for it: an error that names the file, never a trap.
    @Test(arguments: ["normalizer", "classifier"]) func truncatedNetworkIsAnErrorThatNamesIt(name: String) throws {
        let whole = try File.read(TinyBundle.folder.appending("\(name).onnx"))
        let digest = SHA256.hex(of: whole)
        for length in stride(from: 0, to: whole.count - 1, by: max(1, whole.count / 23)) {
            let cut = whole[..<length]
            let folder = try Self.damaged(digest, SHA256.hex(of: cut))
            try File.write(cut, to: folder.path.appending("\(name).onnx"))
            let error = try Self.error(of: folder.path)
            #expect(error.code == .invalidBundle || error.code == .unusableNetwork, "\(length): \(error)")
            #expect(error.message.contains("\(name).onnx"), "\(length): \(error)")
        }
    }

    @Test func swappedNetworksAreAnError() throws {
        let folder = try Self.damaged(#""file":"normalizer.onnx""#, #""file":"classifier.onnx""#)
        #expect(try Self.error(of: folder.path).code == .wrongHash)
    }
}
