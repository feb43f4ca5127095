internal import JSON
internal import Platform
internal import Sinks

/// Which recording a file of records was made of, as its sidecar tells.
enum RecordOrigin {
    /// Checks that records were made of a recording. Without a sidecar, or of a recording that is no file, nothing can be told.
    ///
    /// - Throws: `Failure` with `badInput` when the recording has another size in bytes than the one that was analysed.
    static func check(_ records: Input, of recording: Input) throws(Failure) {
        guard let file = records.path, let now = InputFacts(recording).bytes,
            let text = try? FileBytes.read(Sidecar.path(beside: file), limit: 1 << 20),
            let sidecar = try? JSONValue(parsing: text),
            let then = (sidecar["complete"] ?? sidecar["incomplete"])?["input_bytes"]?.integer, then != now
        else { return }
        throw Failure(
            .badInput,
            "\(records.name) is of another recording: it was made of a file of \(then) bytes; \(recording.name) has \(now)"
        )
    }
}
