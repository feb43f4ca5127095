internal import Glibc
internal import JSON
internal import Platform
internal import Records
internal import Sinks
internal import SystemPackage

/// How it is known that a file of records is whole.
///
/// The sidecar is written when an analysis begins, and again, with what was done under the key `complete`, after the last record has
/// reached the disk. An analysis that was killed leaves a sidecar without that key. What `complete` says of the sizes must
/// still hold, and the sidecar must tell of the same bundle and settings, for the file to count as finished.
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

    /// Members of a sidecar that may differ: what was done, and what the run was done with.
    private static let free: Set<String> = ["complete", "incomplete", "versions", "program", "started", "video"]

    /// What an earlier run has left of a file.
    static func standing(of file: FilePath, input: FilePath, run: RunInfo) -> Standing {
        guard let text = try? FileBytes.read(Sidecar.path(beside: file), limit: 1 << 20),
            let sidecar = try? JSONValue(parsing: text),
            let done = sidecar["complete"] ?? sidecar["incomplete"], let facts = FileFacts(file),
            done["bytes"]?.integer == Int(facts.size)
        else { return .open }
        let now = FileFacts(input)
        guard done["input_bytes"]?.integer == now?.inputBytes,
            done["input_modified_ms"]?.integer == now?.inputModified.map(Int.init)
        else { return .open }
        guard let expected = try? JSONValue(parsing: run.sidecar), bound(sidecar) == bound(expected) else {
            return .open
        }
        return sidecar["complete"] == nil ? .incomplete(done["reason"]?.string ?? "") : .finished
    }

    /// What the end of a run is told as.
    static func completion(of report: AnalysisReport, file: FilePath, input: FilePath) -> RunInfo.Completion {
        let facts = FileFacts(input)
        return RunInfo.Completion(
            records: report.progress.records, frames: report.progress.captured, damaged: report.damaged,
            bytes: Int(FileFacts(file)?.size ?? 0), inputBytes: facts?.inputBytes, inputModified: facts?.inputModified,
            neutral: report.neutral, shortfall: report.shortfall)
    }

    private static func bound(_ sidecar: JSONValue) -> [JSONValue.Member] {
        guard case .object(let members) = sidecar else { return [] }
        return members.filter { !free.contains($0.key) }
    }
}

extension FileFacts {
    /// Bytes, of a file.
    fileprivate var inputBytes: Int? { isRegular ? Int(size) : nil }
    /// Milliseconds, of a file.
    fileprivate var inputModified: Int64? { isRegular ? modified / 1_000_000 : nil }
}
