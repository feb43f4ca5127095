package import Platform
package import Settings

/// Records on standard output: `outputs.stdout`.
package struct StdoutSettings: OutputKind {
    package static let key = "stdout"

    /// Whether records are written there.
    package var isEnabled = false

    package init() {}

    package static func read(_ outputs: SectionReader) -> StdoutSettings {
        var result = StdoutSettings()
        result.isEnabled = outputs.value(key, default: result.isEnabled)
        return result
    }

    package func open(
        into opened: inout [any Output], keeping before: [any Output], _ context: OutputContext
    ) throws(Failure) {
        guard isEnabled else { return }
        opened.append(before.first { $0 is StdoutOutput } ?? StdoutOutput())
    }
}

extension OutputSettings {
    /// Whether records are written to standard output.
    package var stdout: Bool {
        get { self[StdoutSettings.self].isEnabled }
        set { self[StdoutSettings.self].isEnabled = newValue }
    }
}

/// Standard output, open.
private final class StdoutOutput: Output {
    let name = "stdout"
    let sink: any RecordSink = StdoutSink(overflow: .dropNewest)

    func takes(_ source: String) -> Bool { true }
}
