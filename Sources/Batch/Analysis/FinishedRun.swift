internal import JSON
internal import Platform
internal import Records
internal import Sinks
internal import SystemPackage

/// How it is known that a file of records is whole.
///
/// Records are written under another name, which is changed when the last of them has reached the disk; then the sidecar is written, with
/// what was done under the key `complete`. What `complete` says of the sizes must still hold, and the sidecar must tell of the same
/// bundle and settings, for the file to count as finished. The recording may have been moved since, with its records or without.
enum FinishedRun {
    /// What an earlier run has left.
    enum Standing: Equatable {
        /// Nothing, or nothing that still holds.
        case open
        /// All of it is done.
        case finished
        /// What the input held was done, and the input was incomplete for a reason.
        case incomplete(String)
    }

    /// Members of a sidecar that may differ: what was done, what the run was done with, and where the input was.
    private static let free: Set<String> = [
        "complete", "incomplete", "versions", "program", "started", "video", "sources",
    ]

    /// What an earlier run has left of a file.
    static func standing(of file: FilePath, input: Input, run: RunInfo) -> Standing {
        guard let text = try? FileBytes.read(Sidecar.path(beside: file), limit: 1 << 20),
            let sidecar = try? JSONValue(parsing: text),
            let done = sidecar["complete"] ?? sidecar["incomplete"], let facts = FileFacts(file),
            done["bytes"]?.integer == Int(facts.size)
        else { return .open }
        if let events = done["events"] {
            guard events["bytes"]?.integer == FileFacts(EventsFile.path(beside: file)).map({ Int($0.size) }) else {
                return .open
            }
        }
        let now = InputFacts(input)
        guard done["input_bytes"]?.integer == now.bytes,
            done["input_modified_ms"]?.integer == now.modified.map(Int.init)
        else { return .open }
        guard let expected = try? JSONValue(parsing: run.sidecar), bound(sidecar) == bound(expected),
            isSameSource(sidecar, expected)
        else { return .open }
        return sidecar["complete"] == nil ? .incomplete(done["reason"]?.string ?? "") : .finished
    }

    /// What the end of a run is told as.
    static func completion(of report: AnalysisReport, file: FilePath, input: Input) -> RunInfo.Completion {
        let facts = InputFacts(input)
        return RunInfo.Completion(
            records: report.progress.records, frames: report.progress.captured, damaged: report.damaged,
            bytes: Int(FileFacts(file)?.size ?? 0), inputBytes: facts.bytes, inputModified: facts.modified,
            neutral: report.neutral, shortfall: report.shortfall)
    }

    private static func bound(_ sidecar: JSONValue) -> [JSONValue.Member] {
        guard case .object(let members) = sidecar else { return [] }
        return members.filter { !free.contains($0.key) }
    }

    /// Whether both tell of one recording: what it is called, how it is read, and where it is, unless it is there no longer.
    private static func isSameSource(_ old: JSONValue, _ new: JSONValue) -> Bool {
        func others(_ sidecar: JSONValue) -> [JSONValue.Member]? {
            guard case .object(let members)? = sidecar["sources"]?.array?.first else { return nil }
            return members.filter { $0.key != "input" && $0.key != "path" }
        }
        guard others(old) == others(new), let before = old["sources"]?.array?.first.flatMap(ResultOwners.source),
            let now = new["sources"]?.array?.first.flatMap(ResultOwners.source)
        else { return false }
        return before.place == now.place || before.path.map { !FilePath(exactText: $0).exists } ?? false
    }
}
