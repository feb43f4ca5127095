public import Platform
public import Records
internal import Sinks
public import SystemPackage

/// Where the records of an input go.
public enum Destination: Sendable, Equatable {
    /// Standard output.
    case standardOutput
    /// A file, beside which a sidecar stands.
    case file(FilePath)
}

/// What is analysed, and where the records go.
public struct Job: Sendable, Equatable {
    /// What is analysed.
    public var input: Input
    /// Where the records go.
    public var destination: Destination

    /// Joins an input and a destination.
    public init(input: Input, destination: Destination) {
        self.input = input
        self.destination = destination
    }
}

/// Chooses a destination for each input.
///
/// Without an output, or with `-`, everything goes to standard output. One file that was named goes to the output as a file, unless
/// that is a folder or ends with a slash. All else goes into the output as a folder: `NAME.END`, in the
/// folders that the input was found in. Where two would meet they keep the ends of their names (`a.mov.END`), and where that is not
/// enough the folders that tell them apart.
public enum OutputPlan {
    /// The format that records are written in: the one that was named, else the one that the output's name stands for.
    public static func format(
        named: RecordFormat?, output: String?, otherwise: RecordFormat = .standard
    ) -> RecordFormat {
        if let named { return named }
        guard let output, !output.hasSuffix("/") else { return otherwise }
        return RecordFormat(fileExtension: FilePath(output).extension) ?? otherwise
    }

    /// Chooses the destinations.
    ///
    /// - Parameter format: what the records are written as; it says how names of files in a folder end.
    /// - Throws: `Failure` with `usage` when two inputs would go to one file.
    public static func jobs(
        for inputs: [Input], output: String?, format: RecordFormat = .standard
    ) throws(Failure) -> [Job] {
        try jobs(for: inputs, output: output, format: format) { $0.isFolder }
    }

    package static func jobs(
        for inputs: [Input], output: String?, format: RecordFormat = .standard, isFolder: (FilePath) -> Bool
    ) throws(Failure) -> [Job] {
        guard let output, output != "-" else {
            return inputs.map { Job(input: $0, destination: .standardOutput) }
        }
        let path = FilePath(output)
        if inputs.count == 1, !inputs[0].isFound, !output.hasSuffix("/"), !isFolder(path) {
            return [Job(input: inputs[0], destination: .file(path))]
        }
        var names = inputs.map { $0.folders + [stem(of: $0.name)] }.map { named($0, format) }
        for candidate in [wholeName, place] {
            let meeting = repeated(names)
            for index in names.indices where meeting.contains(names[index]) {
                names[index] = named(candidate(inputs[index]), format)
            }
        }
        if let name = repeated(names).first {
            throw Failure(.usage, "two inputs would be written to \(path.appending(name))")
        }
        return zip(inputs, names).map { Job(input: $0, destination: .file(path.appending($1))) }
    }

    private static func wholeName(_ input: Input) -> [String] { input.folders + [safe(input.name)] }

    /// The whole path as it was given, without what would lead out of the output.
    private static func place(_ input: Input) -> [String] {
        FilePath(input.location).lexicallyNormalized().components.map(\.string).filter { $0 != ".." && $0 != "." }
    }

    private static func named(_ components: [String], _ format: RecordFormat) -> String {
        components.joined(separator: "/") + "." + format.fileExtension
    }

    private static func stem(of name: String) -> String {
        let name = safe(name)
        return FilePath(name).stem ?? name
    }

    /// The name of a URL holds what a file's name cannot.
    private static func safe(_ name: String) -> String {
        String(name.map { $0 == "/" ? "_" : $0 })
    }

    private static func repeated(_ names: [String]) -> Set<String> {
        var counts: [String: Int] = [:]
        // Sidecars must not meet either: `a.b.END` has `a.b.meta.json`, so names that differ are enough.
        for name in names { counts[name, default: 0] += 1 }
        return Set(counts.filter { $0.value > 1 }.keys)
    }
}
