/// The effective configuration, value by value, with where each came from: what `norfaced check --print` shows.
public struct ConfigurationReport: Sendable {
    /// Where a value came from.
    public enum Origin: Sendable, Equatable, CustomStringConvertible {
        /// The program.
        case builtIn
        /// Another key, which gives the default of this one.
        case inherited(String)
        /// A line of the file.
        case file(String)
        /// A variable of the environment.
        case environment(String)
        /// A flag of the command line.
        case flag

        /// In words, for people.
        public var description: String {
            switch self {
            case .builtIn: "built-in"
            case .inherited(let path): "from \(path)"
            case .file(let place): place
            case .environment(let name): name
            case .flag: "--set"
            }
        }
    }

    /// A key and its value.
    public struct Entry: Sendable, Equatable {
        /// The key's path, part by part.
        public var path: [String]
        /// The value as it would be written, without secrets.
        public var text: String
        /// Where it came from.
        public var origin: Origin
    }

    /// In the order of the shipped file.
    public package(set) var entries: [Entry] = []

    /// An empty report.
    public init() {}

    /// The value of a path as it would be written; nil if there is no such key.
    public subscript(path: String) -> Entry? {
        entries.first { $0.path.joined(separator: ".") == path }
    }

    /// YAML with the origin of each value as a comment.
    public var yaml: String {
        var out = ""
        var open: [String] = []
        for entry in entries {
            let parents = entry.path.dropLast()
            let common = zip(open, parents).prefix { $0 == $1 }.count
            for (depth, name) in parents.enumerated().dropFirst(common) {
                out += String(repeating: "  ", count: depth) + name + ":\n"
            }
            open = Array(parents)
            let indent = String(repeating: "  ", count: parents.count)
            out += "\(indent)\(entry.path.last ?? ""): \(entry.text)  # \(entry.origin)\n"
        }
        return out
    }

    /// A text as it must be written in YAML to be read back as a text.
    package static func quoted(_ text: String) -> String {
        let safe = text.utf8.allSatisfy { byte in
            (48...57).contains(byte) || (65...90).contains(byte) || (97...122).contains(byte)
                || "_-./".utf8.contains(byte)
        }
        if safe, !text.hasPrefix("-"), YAMLWords.otherMeaning(of: text) == nil { return text }
        return "'" + text.replacing("'", with: "''") + "'"
    }
}
