/// A format of files: its name, the end of its files' names, and what encodes it.
public struct RecordFormat: Sendable {
    /// Every format there is, the standard one first.
    public static let all: [RecordFormat] = [
        .jsonLines,
        .csv,
    ]

    /// What is written where nothing else is asked for.
    public static var standard: RecordFormat { all[0] }

    /// The name that options and sidecars use.
    public let name: String
    /// The end of its files' names, without the dot.
    public let fileExtension: String
    /// Makes an encoder for the records of a run with these labels.
    public let makeEncoder: @Sendable (RecordLabels) -> any RecordEncoder

    /// Makes a format.
    public init(
        name: String, fileExtension: String, makeEncoder: @escaping @Sendable (RecordLabels) -> any RecordEncoder
    ) {
        self.name = name
        self.fileExtension = fileExtension
        self.makeEncoder = makeEncoder
    }

    /// The format of that name; nil if there is none.
    public init?(named name: String) {
        guard let format = RecordFormat.all.first(where: { $0.name == name }) else { return nil }
        self = format
    }

    /// The format that the end of a file's name stands for; nil if it stands for none.
    public init?(fileExtension: String?) {
        let wanted = fileExtension?.lowercased()
        guard let format = RecordFormat.all.first(where: { $0.fileExtension == wanted }) else { return nil }
        self = format
    }

    /// What a run's description says of the format: nothing for the standard one.
    public var nameInRun: String? { name == RecordFormat.standard.name ? nil : name }
}
