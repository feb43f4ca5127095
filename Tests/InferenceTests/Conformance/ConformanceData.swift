import Platform
import SystemPackage
import TestSupport

/// The official cases on disk, and the list in the repository of which are claimed.
enum ConformanceData {
    /// Where the cases are: the folder that `NORFACE_ONNX_TESTS` names, or `.cache/onnx-tests` in the package, which
    /// `Tools/export_onnx_tests.py` writes. The `onnx` package keeps the node cases as code: where no folder has them yet and
    /// `NORFACE_PYTHON` names a Python with that package, they are written out first. nil when they cannot be had.
    static let folder: FilePath? = {
        let cached = Paths.package.appending(".cache/onnx-tests")
        if let given = Files.environment("NORFACE_ONNX_TESTS").map({ FilePath($0) }), isWhole(given) { return given }
        if !isWhole(cached) { try? References.run("export_onnx_tests.py", [cached.string]) }
        return isWhole(cached) ? cached : nil
    }()

    /// Whether a folder holds the exported cases of the version that the list of claims is for.
    private static func isWhole(_ folder: FilePath) -> Bool {
        guard Files.exists(folder.appending("node")), let listed = try? Claims(text: Files.text(listFile)).version,
            let version = try? Files.text(folder.appending("VERSION"))
        else { return false }
        return Files.environment("NORFACE_WRITE_CLAIMS") != nil
            || version.split(separator: "\n").first.map(String.init) == listed
    }

    /// The list of claims.
    static let listFile = Paths.package.appending("Tests/InferenceTests/Tools/conformance.txt")

    /// All cases, sorted by name.
    static func cases(in folder: FilePath) throws -> [ConformanceCase] {
        var cases: [ConformanceCase] = []
        for kind in ["node", "pytorch-converted", "pytorch-operator", "simple"] {
            for name in try Files.list(folder.appending(kind)).sorted() {
                let place = folder.appending(kind).appending(name)
                guard Files.exists(place.appending("model.onnx")) else { continue }
                cases.append(ConformanceCase(name: "\(kind)/\(name)", folder: place))
            }
        }
        return cases
    }

    /// The claimed cases, and the unclaimed with the reason.
    struct Claims: Equatable {
        var version: String
        var claimed: [String] = []
        var unclaimed: [String: String] = [:]

        init(version: String) { self.version = version }

        /// - Parameter text: lines `claimed NAME` and `unclaimed NAME: REASON`, after a line `onnx VERSION`.
        init(text: String) {
            version = ""
            for line in text.split(separator: "\n") {
                let words = line.split(separator: " ", maxSplits: 1).map(String.init)
                guard words.count == 2 else { continue }
                switch words[0] {
                case "onnx": version = words[1]
                case "claimed": claimed.append(words[1])
                case "unclaimed":
                    let parts = words[1].split(separator: ":", maxSplits: 1).map(String.init)
                    unclaimed[parts[0]] = String((parts.last ?? "").drop { $0 == " " })
                default: break
                }
            }
        }

        var text: String {
            let lines =
                ["onnx \(version)"] + claimed.sorted().map { "claimed \($0)" }
                + unclaimed.sorted { $0.key < $1.key }.map { "unclaimed \($0.key): \($0.value)" }
            return lines.joined(separator: "\n") + "\n"
        }
    }
}
