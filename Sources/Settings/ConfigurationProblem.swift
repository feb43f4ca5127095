public import Platform

/// Something in a configuration that cannot be used.
public struct ConfigurationProblem: Sendable, Equatable, CustomStringConvertible {
    /// Where it was written: `/etc/norface/norfaced.yaml:12`, `NORFACED_LOG_LEVEL`, `--set`; empty where that is not known.
    public var place: String
    /// The key with all that it stands in: `sources.door.capture.stall_timeout`; empty for the whole.
    public var path: String
    /// What is wrong and what would be right.
    public var text: String

    /// Makes a problem.
    public init(place: String = "", path: String = "", text: String) {
        self.place = place
        self.path = path
        self.text = text
    }

    /// In words, for people.
    public var description: String {
        [place, path, text].filter { !$0.isEmpty }.joined(separator: ": ")
    }
}

/// A configuration that cannot be used, with everything that is wrong in it.
public struct ConfigurationError: Fault {
    /// In the order in which they were found; never empty.
    public let problems: [ConfigurationProblem]

    /// Makes an error.
    public init(_ problems: [ConfigurationProblem]) {
        self.problems = problems
    }

    /// Makes an error of one problem.
    package init(place: String = "", path: String = "", _ text: String) {
        problems = [ConfigurationProblem(place: place, path: path, text: text)]
    }

    /// The configuration is wrong.
    public var exitCode: Failure.Code { .configuration }
    /// All problems, one a line.
    public var problem: String {
        problems.map(\.description).joined(separator: "\n")
    }
}
