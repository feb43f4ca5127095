internal import Platform
internal import Records
internal import Sinks
internal import SystemPackage

/// The open files of records, and standard output. Used on the daemon's own queue.
final class FileOutputs {
    /// One open file.
    struct Open {
        var path: FilePath
        var settings: FileSettings
        var sink: any RecordSink
    }

    private(set) var files: [Open] = []
    private(set) var stdout: (any RecordSink)?

    /// Every output with the name that it has in metrics.
    var all: [(name: String, sink: any RecordSink)] {
        files.map { ($0.path.string, $0.sink) } + (stdout.map { [("stdout", $0)] } ?? [])
    }

    /// The outputs of a source.
    func sinks(for source: String) -> [any RecordSink] {
        let path = { (file: Open) in FilePath(file.settings.path(for: source)) == file.path }
        let wanted = files.filter { ($0.settings.sources.isEmpty || $0.settings.sources.contains(source)) && path($0) }
        return wanted.map(\.sink) + (stdout.map { [$0] } ?? [])
    }

    /// What the settings ask for, with the files that are open already and the same; the others are opened.
    ///
    /// Nothing is closed: if one cannot be opened, those opened before it are, and everything stays as it was.
    /// - Throws: `Failure` that names the file.
    func prepared(
        _ settings: OutputSettings, sources: [SourceSettings], run: ([SourceSettings]) -> RunInfo
    ) throws(Failure) -> FileOutputs {
        let next = FileOutputs()
        var opened: [any RecordSink] = []
        do {
            for file in settings.files {
                let writers = sources.filter { file.sources.isEmpty || file.sources.contains($0.name) }
                var done: Set<String> = []
                for source in writers {
                    let path = file.path(for: source.name)
                    guard done.insert(path).inserted else { continue }
                    let inFile = writers.filter { file.path(for: $0.name) == path }
                    if let same = files.first(where: { $0.path.string == path && $0.settings.isSameFile(as: file) }) {
                        next.files.append(Open(path: same.path, settings: file, sink: same.sink))
                    } else {
                        let sink = try FileSink(path: FilePath(path), options: file.options)
                        opened.append(sink)
                        next.files.append(Open(path: FilePath(path), settings: file, sink: sink))
                    }
                    try Sidecar.write(run(inFile).sidecar, beside: FilePath(path), mode: file.mode.bits)
                }
            }
            if settings.stdout { next.stdout = stdout ?? StdoutSink(overflow: .dropNewest) }
            return next
        } catch {
            for sink in opened { sink.close() }
            throw Failure(error)
        }
    }

    /// The outputs that are here and not in `next`.
    func leftOver(by next: FileOutputs) -> [any RecordSink] {
        all.map(\.sink).filter { sink in !next.all.contains { $0.sink === sink } }
    }
}

extension FileSettings {
    /// Whether the open file can be kept: which sources write to it makes no difference.
    fileprivate func isSameFile(as other: FileSettings) -> Bool { options == other.options }

    fileprivate var options: FileSinkOptions {
        var options = FileSinkOptions()
        options.flushInterval = flushInterval
        switch sync {
        case .none: options.sync = .none
        case .interval: options.sync = .interval(syncInterval)
        case .record: options.sync = .record
        }
        options.rotation = RotationLimits(
            bytes: rotateSize.map { Int64($0.bytes) }, period: rotatePeriod, keep: keep)
        options.mode = mode.bits
        options.capacity = queue.bytes
        return options
    }
}
