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
    /// Members of a sidecar that may differ: what was done, and what the run was done with.
    private static let free: Set<String> = ["complete", "versions", "program", "started"]

    /// Whether an earlier run has finished the file.
    static func isFinished(_ file: FilePath, input: FilePath, run: RunInfo) -> Bool {
        guard let text = try? FileBytes.read(Sidecar.path(beside: file), limit: 1 << 20),
            let sidecar = try? JSONValue(parsing: text),
            let complete = sidecar["complete"], let facts = FileFacts(file),
            complete["bytes"]?.integer == Int(facts.size)
        else { return false }
        let now = FileFacts(input)
        guard complete["input_bytes"]?.integer == now?.inputBytes,
            complete["input_modified_ms"]?.integer == now?.inputModified.map(Int.init)
        else { return false }
        guard let expected = try? JSONValue(parsing: run.sidecar) else { return false }
        return bound(sidecar) == bound(expected)
    }

    /// What the end of a run is told as.
    static func completion(of report: AnalysisReport, file: FilePath, input: FilePath) -> RunInfo.Completion {
        let facts = FileFacts(input)
        return RunInfo.Completion(
            records: report.progress.records, frames: report.progress.captured, damaged: report.damaged,
            bytes: Int(FileFacts(file)?.size ?? 0), inputBytes: facts?.inputBytes, inputModified: facts?.inputModified)
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
