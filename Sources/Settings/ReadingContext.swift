internal import Yams

/// What reading a whole configuration shares: where values may come from, what was found, what is wrong.
package final class ReadingContext {
    /// Name of the file in messages.
    package let fileName: String
    /// Variables that begin with `NORFACED_`.
    package let environment: [String: String]
    /// Values given by flags, by path.
    package let flags: [String: String]
    package var report = ConfigurationReport()
    package var problems: [ConfigurationProblem] = []
    /// What is odd, and no reason to refuse the whole.
    package var warnings: [ConfigurationProblem] = []
    private var takenVariables: [String: String] = [:]
    private var takenFlags: Set<String> = []

    package init(fileName: String, environment: [String: String], flags: [String: String]) {
        self.fileName = fileName
        self.environment = environment.filter { $0.key.hasPrefix(Self.prefix) }
        self.flags = flags
    }

    package static let prefix = "NORFACED_"

    /// The variable of a path: upper case, `_` for everything that is neither a letter nor a digit.
    package static func variable(of path: [String]) -> String {
        let text = path.joined(separator: "_").uppercased()
        return prefix + String(text.map { $0.isASCII && ($0.isLetter || $0.isNumber) ? $0 : "_" })
    }

    package func complain(_ text: String, at place: String, path: [String]) {
        problems.append(ConfigurationProblem(place: place, path: path.joined(separator: "."), text: text))
    }

    package func warn(_ text: String, at place: String, path: [String]) {
        warnings.append(ConfigurationProblem(place: place, path: path.joined(separator: "."), text: text))
    }

    func place(_ node: Node?) -> String {
        guard let line = node?.mark?.line else { return fileName }
        return "\(fileName):\(line)"
    }

    /// What environment and flags say of a path, the stronger last. Marks both as known.
    package func overrides(of path: [String]) -> [(text: String, origin: ConfigurationReport.Origin, place: String)] {
        var found: [(text: String, origin: ConfigurationReport.Origin, place: String)] = []
        let variable = Self.variable(of: path)
        let name = path.joined(separator: ".")
        if let other = takenVariables.updateValue(name, forKey: variable), other != name, environment[variable] != nil {
            complain(
                "\(other) and \(name) have the same variable: give one of them another name", at: variable, path: path)
        }
        if let text = environment[variable] { found.append((text, .environment(variable), variable)) }
        takenFlags.insert(name)
        if let text = flags[name] { found.append((text, .flag, "--set")) }
        return found
    }

    /// Complains about variables and flags that nothing asked for.
    package func finish() {
        for variable in environment.keys.sorted() where takenVariables[variable] == nil {
            guard variable != Self.prefix + "CONFIG" else { continue }
            let near = NearestName.phrase(for: variable, among: takenVariables.keys.sorted())
            complain(["no key has this variable", near].joined(), at: variable, path: [])
        }
        for path in flags.keys.sorted() where !takenFlags.contains(path) {
            let near = NearestName.phrase(for: path, among: takenFlags.sorted())
            complain(["unknown key", near].joined(), at: "--set", path: [path])
        }
    }
}

extension [String?] {
    /// What is there, parted by a semicolon.
    package func joined() -> String { compactMap { $0 }.joined(separator: "; ") }
}
