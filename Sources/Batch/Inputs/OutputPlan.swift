public import Platform
public import Records
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
/// that is a folder or ends with a slash. All else goes into the output as a folder, in the folders that the input was found in, under
/// names that `OutputNames` chooses.
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
    /// - Parameters:
    ///   - format: what the records are written as; it says how names of files in a folder end.
    ///   - isList: whether the inputs come from a list: then the output is a folder however many they are.
    ///   - results: the results that are there and keep their names; nil looks at none.
    /// - Throws: `Failure` with `usage` when several inputs would go to what is named like one file.
    public static func jobs(
        for inputs: [Input], output: String?, format: RecordFormat = .standard, isList: Bool = false,
        results: ResultOwners? = nil
    ) throws(Failure) -> [Job] {
        try jobs(for: inputs, output: output, format: format, isList: isList, results: results) { $0.isFolder }
    }

    package static func jobs(
        for inputs: [Input], output: String?, format: RecordFormat = .standard, isList: Bool = false,
        results: ResultOwners? = nil, isFolder: (FilePath) -> Bool
    ) throws(Failure) -> [Job] {
        guard let folder = folder(for: inputs, output: output, isList: isList, isFolder: isFolder) else {
            var inputs = inputs
            OutputNames.tellApart(&inputs)
            let isFile = output != nil && output != "-"
            return inputs.map { Job(input: $0, destination: isFile ? .file(FilePath(output!)) : .standardOutput) }
        }
        let end = FilePath(output!).extension
        if !output!.hasSuffix("/"), !isFolder(folder), RecordFormat(fileExtension: end) != nil {
            throw Failure(
                .usage,
                "\(folder) is named like one file, and the inputs are \(inputs.count) or a folder; "
                    + "name a folder (\(folder)/ if that is meant)")
        }
        return OutputNames(folder: folder, end: format.fileExtension, results: results).jobs(for: inputs)
    }

    /// The folder that results go into; nil where they go to standard output, or to one file.
    public static func folder(
        for inputs: [Input], output: String?, isList: Bool = false, isFolder: (FilePath) -> Bool = { $0.isFolder }
    ) -> FilePath? {
        guard let output, output != "-" else { return nil }
        let path = FilePath(output)
        let isOne = inputs.count == 1 && !inputs[0].isFound && !isList
        return isOne && !output.hasSuffix("/") && !isFolder(path) ? nil : path
    }
}
