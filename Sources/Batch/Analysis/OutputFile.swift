internal import Glibc
internal import Platform
internal import Records
public import Sinks
public import SystemPackage

/// The file that the records of one input go to, and its sidecar.
///
/// What was there before is replaced. Records can be read while they come, no later than a second after.
public final class OutputFile {
    /// Where the records go.
    public let path: FilePath
    private let run: RunInfo?
    private let file: FileSink
    private let hasSidecar: Bool
    private let headerBytes: Int64

    /// Where the records go.
    public var sink: any RecordSink { file }

    /// Makes the file and its sidecar, and the folders that they need.
    ///
    /// - Parameters:
    ///   - run: what the sidecar says; nil makes none, and leaves one that is there.
    ///   - header: what the file begins with, whole lines.
    /// - Throws: `Failure` with `cannotCreate`; with `usage` when the file is one of the inputs.
    init(path: FilePath, run: RunInfo?, header: [UInt8] = [], inputs: [Input]) throws(Failure) {
        self.path = path
        self.run = run
        headerBytes = Int64(header.count)
        if let facts = FileFacts(path) {
            guard !facts.isFolder else { throw Failure(.cannotCreate, "\(path) is a folder") }
            for input in inputs {
                guard let other = FileFacts(FilePath(input.location)) else { continue }
                guard other.device != facts.device || other.inode != facts.inode else {
                    throw Failure(.usage, "\(path) is an input; it would be overwritten")
                }
            }
        }
        try Self.makeFolder(path.removingLastComponent())
        // A pipe or a device has no sidecar.
        let isRegular = FileFacts(path)?.isRegular ?? true
        hasSidecar = isRegular && run != nil
        if hasSidecar {
            // The old sidecar first: it must not stand beside new records.
            try Self.remove(Sidecar.path(beside: path))
        }
        if isRegular { try Self.remove(path) }
        do throws(SinkError) {
            let options = FileSinkOptions(
                sync: .interval(.seconds(30)), mode: 0o666, overflow: .wait, moveCheckInterval: .zero)
            file = try FileSink(path: path, options: options)
            if hasSidecar, let run { try Sidecar.write(run.sidecar, beside: path, mode: 0o666) }
        } catch {
            throw Failure(error)
        }
        if !header.isEmpty { file.write(EncodedLine(kind: .record, source: nil, bytes: header)) }
    }

    /// Writes the last records; with a completion the file counts as whole from here on.
    ///
    /// - Throws: `Failure` with `inputOutput` when records could not be written.
    func close(report: AnalysisReport? = nil, input: Input) throws(Failure) {
        file.close()
        let status = file.status
        if !status.isHealthy || status.dropped > 0 {
            throw Failure(.inputOutput, status.lastError ?? "\(path): \(status.dropped) records could not be written")
        }
        guard hasSidecar, var run, let report, report.end == .ended else { return }
        run.video = report.video
        run.completion = FinishedRun.completion(of: report, file: path, input: FilePath(input.location))
        do throws(SinkError) {
            try Sidecar.write(run.sidecar, beside: path, mode: 0o666)
        } catch {
            throw Failure(error)
        }
    }

    /// Removes a closed file that holds no record, and its sidecar: they would look like the result of a recording in which nothing is.
    func removeIfEmpty() {
        guard hasSidecar, let facts = FileFacts(path), facts.size <= headerBytes else { return }
        try? Self.remove(Sidecar.path(beside: path))
        try? Self.remove(path)
    }

    private static func makeFolder(_ folder: FilePath) throws(Failure) {
        guard !folder.isEmpty, !folder.isFolder else { return }
        try makeFolder(folder.removingLastComponent())
        guard mkdir(folder.string, 0o777) == 0 || errno == EEXIST else {
            throw Failure(.cannotCreate, "cannot make the folder \(folder): \(Errno(rawValue: errno))")
        }
    }

    private static func remove(_ path: FilePath) throws(Failure) {
        guard unlink(path.string) == 0 || errno == ENOENT else {
            throw Failure(.cannotCreate, "cannot replace \(path): \(Errno(rawValue: errno))")
        }
    }
}
