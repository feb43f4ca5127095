internal import JSON
internal import Platform
internal import Records
internal import Sinks
internal import SystemPackage

/// Makes summaries of records that are there.
enum SummaryReader {
    /// A recording in a file of records.
    struct Recording {
        var name: String
        var summary: RecordingSummary
    }

    /// What a sidecar says of the end of a run.
    static func standing(of file: FilePath) -> (status: String, note: String) {
        guard let text = try? FileBytes.read(Sidecar.path(beside: file), limit: 64 << 20),
            let sidecar = try? JSONValue(parsing: text)
        else { return ("unknown", "no description beside the records") }
        if let done = sidecar["incomplete"] { return ("incomplete", done["reason"]?.string ?? "") }
        guard let done = sidecar["complete"] else { return ("unfinished", "") }
        let frames = done["frames"]?.number ?? 0
        let isDamaged = (done["damaged"]?.number ?? 0) > AnalysisReport.damageLimit * max(1, frames)
        return (isDamaged ? "damaged" : "done", "")
    }

    /// The labels of a file of records, as its sidecar says; nil where there is none.
    static func labels(of file: FilePath) -> RecordLabels? {
        guard let text = try? FileBytes.read(Sidecar.path(beside: file), limit: 64 << 20) else { return nil }
        return try? RunInfo(text: text, file: file.string).labels
    }

    /// Reads a file of records to its end.
    ///
    /// - Returns: the recordings in it, in order.
    /// - Throws: `Failure` with the line at fault.
    static func read(_ file: FilePath, labels: RecordLabels, isStopped: () -> Bool) throws(Failure) -> [Recording] {
        let stream = try RecordStream(Input(found: file, folders: []))
        var recordings: [Recording] = []
        // Not escaping: the reader lives no longer than this call.
        let torn: RecordError? = try withoutActuallyEscaping(isStopped) { isStopped throws(Failure) in
            var reader = RecordReader(name: file.string, labels: labels) { buffer in
                try stream.read(into: buffer, isStopped: isStopped)
            }
            do {
                while let line = try reader.next() {
                    guard case .record = line else { continue }
                    if recordings.last?.name != reader.record.source {
                        recordings.append(
                            Recording(name: reader.record.source, summary: RecordingSummary(labels: labels)))
                    }
                    recordings[recordings.count - 1].summary.add(reader.record)
                }
            } catch {
                throw Failure(error)
            }
            return reader.torn
        }
        if let torn { throw Failure(torn) }
        return recordings
    }
}
