import SystemPackage
import TestSupport

/// What other engines compute, asked of them while the tests run: by the programs of `Tools`, with the Python that
/// `NORFACE_PYTHON` names (see `Tests/requirements.txt`).
enum References {
    /// The Python, nil where none is named.
    static let python = Files.environment("NORFACE_PYTHON")

    /// Runs a program of `Tools`.
    static func run(_ tool: String, _ arguments: [String]) throws {
        guard let python else { return }
        try Command.run([python, Paths.package.appending("Tests/InferenceTests/Tools/\(tool)").string] + arguments)
    }

    /// The files of a folder with this ending, sorted; none when there is no such folder.
    static func files(_ folder: FilePath, ending: String) -> [FilePath] {
        guard let names = try? Files.list(folder) else { return [] }
        return names.filter { $0.hasSuffix(ending) }.sorted().map { folder.appending($0) }
    }

    /// The front-end networks, where they have been fetched.
    static let frontEnd = files(Paths.package.appending("Models/front-end"), ending: ".tflite")

    /// The networks of the bundles in `Models`, and of those that `NORFACE_BUNDLES` names, colons between.
    static let bundles: [FilePath] = {
        let models = Paths.package.appending("Models")
        let own = ((try? Files.list(models)) ?? []).sorted().map { models.appending($0) }
        let others = Files.environment("NORFACE_BUNDLES")?.split(separator: ":").map { FilePath(String($0)) } ?? []
        return (own + others).flatMap { files($0, ending: ".onnx") }
    }()

    static func floats(_ path: FilePath) throws -> [Float] {
        try Files.read(path).withUnsafeBytes { bytes in
            (0..<bytes.count / 4).map { bytes.loadUnaligned(fromByteOffset: 4 * $0, as: Float.self) }
        }
    }

    /// How far two outputs are apart, in parts of the expected one's range; of one where a single number has no range.
    static func distance(_ actual: some Collection<Float>, _ expected: [Float]) -> Float {
        guard actual.count == expected.count else { return .infinity }
        let range = (expected.max() ?? 0) - (expected.min() ?? 0)
        let unit = range > 0 ? range : max(1, abs(expected.first ?? 0))
        return zip(actual, expected).reduce(Float(0)) { worst, pair in
            let apart = abs(pair.0 - pair.1)
            return apart.isNaN ? .infinity : max(worst, apart / unit)
        }
    }
}
