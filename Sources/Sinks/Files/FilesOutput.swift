package import Platform
internal import Records
package import Settings
internal import SystemPackage

/// A file of records, or one for each source.
package struct FileSettings: Sendable, Equatable {
    /// When a file is synced.
    private enum Sync: String, SettingChoice {
        /// The system chooses.
        case none
        /// After each `sync_interval`.
        case interval
        /// After each record.
        case record
    }

    /// Its name in the configuration.
    package var name: String
    /// Where it is; `{source}` stands for the source's name.
    package var path = ""
    /// Names of the sources in it; empty for all.
    package var sources: [String] = []
    /// Whether a file of events stands beside it.
    package var tellsEvents = false
    /// How it is written.
    package var options = FileSinkOptions()

    /// The defaults.
    package init(name: String) { self.name = name }

    /// Where the records of a source go.
    package func path(for source: String) -> String { path.replacing("{source}", with: source) }

    /// Where the lines of a kind go, of a source.
    fileprivate func path(for source: String, of kind: EncodedLine.Kind) -> String {
        let records = path(for: source)
        return kind == .record ? records : EventsFile.path(beside: FilePath(records)).string
    }

    /// The kinds of lines that have a file.
    fileprivate var kinds: [EncodedLine.Kind] { tellsEvents ? [.record, .event] : [.record] }

    fileprivate func takes(_ source: String) -> Bool { sources.isEmpty || sources.contains(source) }

    fileprivate static func read(_ reader: SectionReader, name: String) -> FileSettings {
        var result = FileSettings(name: name)
        let standard = result.options
        result.path = reader.value("path", default: result.path, check: Checks.absolutePath)
        if result.path.isEmpty {
            reader.context.complain("a path is missing", at: reader.context.fileName, path: reader.path + ["path"])
        }
        for place in result.path.matches(of: /\{[^{}\/]*\}/) where place.output != "{source}" {
            reader.context.warn(
                "\(place.output) means nothing and becomes part of the name: only {source} stands for something",
                at: reader.place, path: reader.path + ["path"])
        }
        result.sources = reader.list("sources", default: result.sources)
        result.tellsEvents = reader.value("events", default: result.tellsEvents)
        result.options.mode = reader.value("mode", default: FileMode(standard.mode)).bits
        result.options.flushInterval = reader.value("flush_interval", default: standard.flushInterval)
        result.options.sync = readSync(reader, default: standard.sync)
        let size = reader.optional(
            "rotate_size", default: standard.rotation.bytes.map { ByteCount(Int($0)) },
            check: Checks.size(64 << 10...1 << 50))
        result.options.rotation.bytes = size.map { Int64($0.bytes) }
        result.options.rotation.period = reader.optional(
            "rotate_period", default: standard.rotation.period, check: Checks.duration(.seconds(1)..., "1s"))
        result.options.rotation.keep = reader.optional(
            "keep", default: standard.rotation.keep, check: Checks.range(1...1_000_000))
        result.options.capacity =
            reader.value("queue", default: ByteCount(standard.capacity), check: Checks.size(64 << 10...1 << 30)).bytes
        reader.finish()
        return result
    }

    private static func readSync(_ reader: SectionReader, default standard: SyncPolicy) -> SyncPolicy {
        var (choice, interval) = (Sync.interval, Duration.seconds(5))
        switch standard {
        case .none: choice = .none
        case .interval(let standard): interval = standard
        case .record: choice = .record
        }
        choice = reader.value("sync", default: choice)
        interval = reader.value(
            "sync_interval", default: interval, check: Checks.duration(.milliseconds(10)..., "10ms"))
        switch choice {
        case .none: return .none
        case .interval: return .interval(interval)
        case .record: return .record
        }
    }
}

/// Files of records: `outputs.files`.
package struct FilesSettings: OutputKind {
    package static let key = "files"
    package static let isBySource = true

    /// In the order of the configuration.
    package var files: [FileSettings] = []

    package init() {}

    package static func read(_ outputs: SectionReader) -> FilesSettings {
        var result = FilesSettings()
        result.files = outputs.named(key).map { FileSettings.read($1, name: $0) }
        return result
    }

    /// Files name sources that there are, and no two of them write to one path.
    package func check(sources names: [String], _ context: ReadingContext) {
        var owners: [String: String] = [:]
        for file in files {
            for name in file.sources where !names.contains(name) {
                let near = NearestName.phrase(for: name, among: names)
                context.complain(
                    ["there is no source \(name)", near].joined(), at: context.fileName,
                    path: ["outputs", "files", file.name, "sources"])
            }
            let all = (file.sources.isEmpty ? names : file.sources).flatMap { source in
                file.kinds.map { file.path(for: source, of: $0) }
            }
            for path in all {
                guard let owner = owners.updateValue(file.name, forKey: path), owner != file.name else { continue }
                context.complain(
                    "\(owner) writes to \(path), too", at: context.fileName,
                    path: ["outputs", "files", file.name, "path"])
            }
        }
    }

    package func open(
        into opened: inout [any Output], keeping before: [any Output], _ context: OutputContext
    ) throws(Failure) {
        let before = before.compactMap { $0 as? OpenFile }
        for file in files {
            let writers = context.sources.filter(file.takes)
            var done: Set<String> = []
            for source in writers {
                let path = file.path(for: source)
                guard done.insert(path).inserted else { continue }
                do throws(SinkError) {
                    for kind in file.kinds {
                        opened.append(try Self.file(file, kind, of: source, keeping: before))
                    }
                    let run = context.run(writers.filter { file.path(for: $0) == path })
                    try Sidecar.write(run.sidecar, beside: FilePath(path), mode: file.options.mode)
                } catch {
                    throw Failure(error)
                }
            }
        }
    }
}

extension FilesSettings {
    /// A file, as it was before or newly opened.
    private static func file(
        _ settings: FileSettings, _ kind: EncodedLine.Kind, of source: String, keeping before: [OpenFile]
    ) throws(SinkError) -> OpenFile {
        let path = settings.path(for: source, of: kind)
        // Which sources write to it makes no difference to an open file.
        let same = before.first { $0.name == path && $0.kind == kind && $0.settings.options == settings.options }
        if let same { return OpenFile(path: path, kind: kind, settings: settings, sink: same.sink) }
        var options = settings.options
        options.takes = kind
        return OpenFile(
            path: path, kind: kind, settings: settings, sink: try FileSink(path: FilePath(path), options: options))
    }
}

extension OutputSettings {
    /// Files of records.
    package var files: [FileSettings] {
        get { self[FilesSettings.self].files }
        set { self[FilesSettings.self].files = newValue }
    }
}

/// An open file of records.
private final class OpenFile: Output {
    /// Its path.
    let name: String
    let kind: EncodedLine.Kind
    let settings: FileSettings
    let sink: any RecordSink

    init(path: String, kind: EncodedLine.Kind, settings: FileSettings, sink: any RecordSink) {
        name = path
        self.kind = kind
        self.settings = settings
        self.sink = sink
    }

    func takes(_ source: String) -> Bool { settings.takes(source) && settings.path(for: source, of: kind) == name }
}
