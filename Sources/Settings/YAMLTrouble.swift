internal import Yams

/// Says what libyaml found wrong in words of the person who wrote the file.
enum YAMLTrouble {
    static func explain(_ error: YamlError, text: String, name: String) -> ConfigurationError {
        switch error {
        case .scanner(let context, let problem, let mark, _), .parser(let context, let problem, let mark, _),
            .composer(let context, let problem, let mark, _):
            let what = [context?.text, problem].compactMap { $0 }.joined(separator: ": ")
            return trouble(what, line: mark.line, text: text, name: name)
        case .reader(let problem, _, _, _):
            return ConfigurationError(place: name, "not YAML: \(problem)")
        case .duplicatedKeysInMapping(let duplicates, let context):
            let keys = duplicates.map { "\($0)" }.joined(separator: ", ")
            return ConfigurationError(place: "\(name):\(context.mark.line)", "the key stands twice: \(keys)")
        default:
            return ConfigurationError(place: name, "not YAML: \(error)")
        }
    }

    private static func trouble(_ what: String, line number: Int, text: String, name: String) -> ConfigurationError {
        let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
        let line = lines.indices.contains(number - 1) ? lines[number - 1] : ""
        return ConfigurationError(place: "\(name):\(number)", ["not YAML: \(what)", hint(for: line)].joined())
    }

    /// What is usually wrong with such a line.
    private static func hint(for line: Substring) -> String? {
        if line.prefix(while: \.isWhitespace).contains("\t") { return "indent with spaces, not with tabs" }
        guard let colon = line.firstIndex(of: ":") else { return nil }
        let value = line[line.index(after: colon)...].drop(while: \.isWhitespace)
        if let first = value.first, "@`%*&!|>{[".contains(first) {
            return "a value that begins with \(first) must be put in quotes"
        }
        if value.contains(": ") { return "a value with a colon and a space in it must be put in quotes" }
        return nil
    }
}
