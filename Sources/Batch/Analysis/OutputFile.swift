internal import Glibc
internal import Platform
internal import Records
public import Sinks
public import SystemPackage

/// Why a file of records cannot be had, or was not written.
enum OutputProblem: Error, Equatable {
    /// This one cannot; others may.
    case here(Failure)
    /// No other can either: the disk is full, nothing may be written there.
    case everywhere(Failure)

    /// What people are told.
    var failure: Failure {
        switch self {
        case .here(let failure), .everywhere(let failure): failure
        }
    }

    /// Judges an error of the system.
    init(_ error: Errno, _ code: Failure.Code, _ message: String) {
        let failure = Failure(code, "\(message): \(error)")
        switch error {
        case .noSpace, .diskQuotaExceeded, .readOnlyFileSystem, .ioError, .staleNFSFileHandle:
            self = .everywhere(failure)
        default: self = .here(failure)
        }
    }
}

/// The file that the records of one input go to, and its sidecar.
///
/// Records are written to `NAME.part`, where they can be read while they come, no later than a second after. Only what is whole gets the
/// name itself, and replaces what was there: the records are forced to the disk, the old sidecar goes, the records take their
/// name, the new sidecar follows. Whatever ends the program on the way leaves no file that looks whole and is not. A pipe or a device
/// is written to as it is.
public final class OutputFile {
    /// Where the records go in the end.
    public let path: FilePath
    private let part: FilePath
    private let isRegular: Bool
    private let headerBytes: Int64
    private let file: FileSink
    /// Holds the lock on the unfinished file.
    private let lock: FileDescriptor?

    /// Where the records go.
    public var sink: any RecordSink { file }

    /// Begins the file, and makes the folders that it needs.
    ///
    /// - Parameters:
    ///   - header: what the file begins with, whole lines.
    ///   - takes: the lines that are for it.
    ///   - inputs: what must not be overwritten.
    init(
        path: FilePath, header: [UInt8] = [], takes: EncodedLine.Kind = .record, inputs: InputIdentities
    ) throws(OutputProblem) {
        self.path = path
        headerBytes = Int64(header.count)
        if let facts = FileFacts(path) {
            guard !facts.isFolder else { throw .here(Failure(.cannotCreate, "\(path) is a folder")) }
            guard !inputs.contains(facts) else {
                throw .here(Failure(.usage, "\(path) is an input; it would be overwritten"))
            }
        }
        isRegular = FileFacts(path)?.isRegular ?? true
        part = isRegular ? path.adding(".part") : path
        if isRegular {
            try Self.makeFolder(path.removingLastComponent())
            if let facts = FileFacts(part), inputs.contains(facts) {
                throw .here(Failure(.usage, "\(part) is an input; it would be overwritten"))
            }
            lock = try Self.begin(part)
        } else {
            lock = nil
        }
        do throws(SinkError) {
            var options = FileSinkOptions(
                sync: .interval(.seconds(30)), mode: 0o666, overflow: .wait, moveCheckInterval: .zero)
            options.takes = takes
            file = try FileSink(path: part, options: options)
        } catch {
            try? lock?.close()
            guard case .cannotOpen(let path, let error) = error else { throw .here(Failure(error)) }
            throw OutputProblem(error, .cannotCreate, "cannot open \(path)")
        }
        if !header.isEmpty { file.write(EncodedLine(kind: .record, source: nil, bytes: header)) }
    }

    deinit { try? lock?.close() }

    /// Writes the last records. They stay where they are until `finish`.
    func close() throws(OutputProblem) {
        file.close()
        let status = file.status
        if !status.isHealthy || status.dropped > 0 {
            let text = status.lastError ?? "\(path): \(status.dropped) records could not be written"
            throw .everywhere(Failure(.inputOutput, text))
        }
    }

    /// Gives the closed file its name.
    ///
    /// - Parameter sidecar: what is written beside it, from the file's own length; nil writes none and leaves one that is there.
    func finish(sidecar: ((FilePath) -> [UInt8])?) throws(OutputProblem) {
        guard isRegular else { return }
        do throws(Errno) {
            if sidecar != nil { try Self.remove(Sidecar.path(beside: path)) }
            try part.move(to: path)
            try? RealSystemCalls().synchronizeFolder(path.parentFolder)
        } catch {
            throw OutputProblem(error, .cannotCreate, "cannot replace \(path)")
        }
        guard let sidecar else { return }
        do throws(SinkError) {
            try Sidecar.write(sidecar(path), beside: path, mode: 0o666)
        } catch {
            guard case .cannotOpen(let path, let error) = error else { throw .here(Failure(error)) }
            throw OutputProblem(error, .cannotCreate, "cannot write \(path)")
        }
    }

    /// Leaves a closed file unfinished; goes without a trace when no record is in it.
    ///
    /// - Returns: where the records are; nil when there are none.
    @discardableResult
    func abandon() -> FilePath? {
        guard isRegular, let facts = FileFacts(part) else { return nil }
        if facts.size > headerBytes { return part }
        try? Self.remove(part)
        return nil
    }

    /// Makes the folders of a path that are not there.
    static func makeFolder(_ folder: FilePath) throws(OutputProblem) {
        guard !folder.isEmpty, !folder.isFolder else { return }
        try makeFolder(folder.removingLastComponent())
        guard folder.withPlatformString({ mkdir($0, 0o777) }) == 0 || errno == EEXIST && folder.isFolder else {
            throw OutputProblem(Errno(rawValue: errno), .cannotCreate, "cannot make the folder \(folder)")
        }
    }

    /// Opens an unfinished file for this program alone, and empties it.
    private static func begin(_ part: FilePath) throws(OutputProblem) -> FileDescriptor {
        let message = "cannot open \(part)"
        // A second program may finish the file, and so take its name away, between the opening and the lock.
        for _ in 0..<10 {
            let file: FileDescriptor
            let facts: FileFacts
            do {
                file = try FileDescriptor.open(
                    part, .readWrite, options: [.create, .closeOnExec, .nonBlocking, .noFollow],
                    permissions: FilePermissions(rawValue: 0o666))
                facts = try RealSystemCalls().facts(of: file.rawValue)
            } catch {
                throw OutputProblem(error as? Errno ?? .ioError, .cannotCreate, message)
            }
            guard facts.isRegular else {
                try? file.close()
                throw .here(Failure(.cannotCreate, "\(message): it is no file"))
            }
            guard flock(file.rawValue, LOCK_EX | LOCK_NB) == 0 || errno != EWOULDBLOCK else {
                try? file.close()
                throw .here(Failure(.tryAgain, "\(part) is being written by another run"))
            }
            if let now = FileFacts(part), now.isSameFile(as: facts) {
                guard ftruncate(file.rawValue, 0) == 0 else {
                    let error = Errno(rawValue: errno)
                    try? file.close()
                    throw OutputProblem(error, .cannotCreate, message)
                }
                return file
            }
            try? file.close()
        }
        throw .here(Failure(.tryAgain, "\(part) is being written by other runs"))
    }

    private static func remove(_ path: FilePath) throws(Errno) {
        guard path.withPlatformString({ unlink($0) }) == 0 || errno == ENOENT else { throw Errno(rawValue: errno) }
    }
}
