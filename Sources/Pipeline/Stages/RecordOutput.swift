public import Records

/// Where the lines of a pipeline go: its sinks. Called on the pipeline's last stage, in order; it should not block a live
/// source.
public protocol RecordOutput: Sendable {
    /// Takes one line.
    func write(_ line: EncodedLine)

    /// Whether lines should carry their record (`EncodedLine.record`), too.
    var wantsRecords: Bool { get }
}

extension RecordOutput {
    /// False.
    public var wantsRecords: Bool { false }
}
