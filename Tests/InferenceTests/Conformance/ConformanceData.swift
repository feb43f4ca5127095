import SystemPackage
import TestSupport

/// The official cases on disk, and the list in the repository of which are claimed.
enum ConformanceData {
    /// Where the cases are: `NORFACE_ONNX_TESTS`, or `.cache/onnx-tests` in the package. `Tools/export_onnx_tests.py` writes them.
    static var folder: FilePath? {
        let folder =
            Files.environment("NORFACE_ONNX_TESTS").map { FilePath($0) }
            ?? Paths.package.appending(".cache/onnx-tests")
        return Files.exists(folder) ? folder : nil
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
