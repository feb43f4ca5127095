internal import Glibc
internal import Records
internal import Setup
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
        guard let text = read(Sidecar.path(beside: file)), let sidecar = try? JSONValue(parsing: text),
            let complete = sidecar["complete"], let facts = FileFacts(file),
            complete["bytes"]?.integer == facts.size
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
            bytes: FileFacts(file)?.size ?? 0, inputBytes: facts?.inputBytes, inputModified: facts?.inputModified)
    }

    private static func bound(_ sidecar: JSONValue) -> [JSONValue.Member] {
        guard case .object(let members) = sidecar else { return [] }
        return members.filter { !free.contains($0.key) }
    }

    private static func read(_ path: FilePath) -> [UInt8]? {
        guard let facts = FileFacts(path), facts.isRegular, facts.size < 1 << 20,
            let file = try? FileDescriptor.open(path, .readOnly)
        else { return nil }
        return try? file.closeAfter {
            var text: [UInt8] = []
            var buffer = [UInt8](repeating: 0, count: 4096)
            while true {
                let count = try buffer.withUnsafeMutableBytes { try file.read(into: $0) }
                if count == 0 { return text }
                text.append(contentsOf: buffer[..<count])
            }
        }
    }
}

extension FileFacts {
    /// Bytes, of a file.
    fileprivate var inputBytes: Int? { isRegular ? size : nil }
    /// Milliseconds, of a file.
    fileprivate var inputModified: Int64? { isRegular ? modified / 1_000_000 : nil }
}
