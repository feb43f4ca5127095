internal import Analysis
internal import Glibc

extension DaemonConfiguration {
    /// Reads every key there is, in the order of the shipped file.
    static func read(_ top: SectionReader, secrets: SecretFiles) -> DaemonConfiguration {
        var result = DaemonConfiguration()
        result.log = LogSettings.read(top.section("log"))
        result.models = ModelSettings.read(top.section("models"))
        result.outputs = OutputSettings.read(top.section("outputs"))
        result.http = HTTPSettings.read(top.section("http"))
        result.limits = LimitSettings.read(top.section("limits"))
        let capture = CaptureSettings.read(top.section("capture"), base: CaptureSettings(), inherited: nil)
        let analysis = AnalysisSettings.read(top.section("analysis"), base: AnalysisSettings(), inherited: nil)
        result.sources = top.named("sources").map { name, reader in
            SourceSettings.read(reader, name: name, capture: capture, analysis: analysis, secrets: secrets)
        }
        top.finish()
        result.checkTogether(top.context)
        return result
    }

    /// What no key by itself can get wrong.
    private func checkTogether(_ context: ReadingContext) {
        let names = sources.map(\.name)
        if names.count > limits.maximumSources {
            context.complain(
                "\(names.count) sources, and limits.max_sources is \(limits.maximumSources)", at: context.fileName,
                path: ["sources"])
        }
        var owners: [String: String] = [:]
        for file in outputs.files {
            for name in file.sources where !names.contains(name) {
                context.complain(
                    ["there is no source \(name)", NearestName.phrase(for: name, among: names)].joined(),
                    at: context.fileName, path: ["outputs", "files", file.name, "sources"])
            }
            for source in file.sources.isEmpty ? names : file.sources {
                let path = file.path(for: source)
                guard let owner = owners.updateValue(file.name, forKey: path), owner != file.name else { continue }
                context.complain(
                    "\(owner) writes to \(path), too", at: context.fileName,
                    path: ["outputs", "files", file.name, "path"])
            }
        }
    }
}

extension LogSettings {
    fileprivate static func read(_ reader: SectionReader) -> LogSettings {
        var result = LogSettings()
        result.level = reader.value("level", default: result.level)
        result.format = reader.value("format", default: result.format)
        reader.finish()
        return result
    }
}

extension ModelSettings {
    fileprivate static func read(_ reader: SectionReader) -> ModelSettings {
        var result = ModelSettings()
        result.frontEnd = reader.optional("front_end", default: result.frontEnd)
        result.bundle = reader.optional("bundle", default: result.bundle)
        reader.finish()
        return result
    }
}

extension OutputSettings {
    fileprivate static func read(_ reader: SectionReader) -> OutputSettings {
        var result = OutputSettings()
        result.stdout = reader.value("stdout", default: result.stdout)
        result.socket = SocketSettings.read(reader.section("socket"))
        result.files = reader.named("files").map { FileSettings.read($1, name: $0) }
        reader.finish()
        return result
    }
}

extension SocketSettings {
    fileprivate static func read(_ reader: SectionReader) -> SocketSettings {
        var result = SocketSettings()
        result.path = reader.optional("path", default: result.path, check: Checks.socketPath)
        result.mode = reader.value("mode", default: result.mode)
        result.group = reader.optional("group", default: result.group)
        result.users = reader.list("users", default: result.users)
        result.maximumSubscribers = reader.value(
            "max_subscribers", default: result.maximumSubscribers, check: Checks.range(1...1_024))
        result.queue = reader.value("queue", default: result.queue, check: Checks.size(4 << 10...1 << 30))
        result.stallTimeout = reader.value(
            "stall_timeout", default: result.stallTimeout, check: Checks.duration(.milliseconds(100)..., "100ms"))
        reader.finish()
        return result
    }
}

extension FileSettings {
    fileprivate static func read(_ reader: SectionReader, name: String) -> FileSettings {
        var result = FileSettings(name: name)
        result.path = reader.value("path", default: result.path, check: Checks.absolutePath)
        if result.path.isEmpty {
            reader.context.complain("a path is missing", at: reader.context.fileName, path: reader.path + ["path"])
        }
        result.sources = reader.list("sources", default: result.sources)
        result.mode = reader.value("mode", default: result.mode)
        result.flushInterval = reader.value("flush_interval", default: result.flushInterval)
        result.sync = reader.value("sync", default: result.sync)
        result.syncInterval = reader.value(
            "sync_interval", default: result.syncInterval, check: Checks.duration(.milliseconds(10)..., "10ms"))
        result.rotateSize = reader.optional(
            "rotate_size", default: result.rotateSize, check: Checks.size(64 << 10...1 << 50))
        result.rotatePeriod = reader.optional(
            "rotate_period", default: result.rotatePeriod, check: Checks.duration(.seconds(1)..., "1s"))
        result.keep = reader.optional("keep", default: result.keep, check: Checks.range(1...1_000_000))
        result.queue = reader.value("queue", default: result.queue, check: Checks.size(64 << 10...1 << 30))
        reader.finish()
        return result
    }

    /// Where the records of a source go.
    public func path(for source: String) -> String {
        path.replacing("{source}", with: source)
    }
}

extension HTTPSettings {
    fileprivate static func read(_ reader: SectionReader) -> HTTPSettings {
        var result = HTTPSettings()
        result.listen = reader.optional("listen", default: result.listen)
        reader.finish()
        return result
    }
}

extension LimitSettings {
    fileprivate static func read(_ reader: SectionReader) -> LimitSettings {
        var result = LimitSettings()
        result.stopTimeout = reader.value(
            "stop_timeout", default: result.stopTimeout, check: Checks.duration(.milliseconds(100)..., "100ms"))
        result.hangTimeout = reader.value(
            "hang_timeout", default: result.hangTimeout, check: Checks.duration(.seconds(5)..., "5s"))
        result.maximumSources = reader.value(
            "max_sources", default: result.maximumSources, check: Checks.range(1...1_024))
        reader.finish()
        return result
    }
}

/// What values must be beyond their type.
enum Checks {
    static func range(_ range: ClosedRange<Int>) -> (Int) -> String? {
        { range.contains($0) ? nil : "\(range.lowerBound) to \(range.upperBound) is expected, not \($0)" }
    }

    static func number(_ range: ClosedRange<Double>) -> (Double) -> String? {
        { value in
            if range.contains(value) { return nil }
            let (low, high) = (range.lowerBound.settingText, range.upperBound.settingText)
            return "\(low) to \(high) is expected, not \(value.settingText)"
        }
    }

    static func size(_ range: ClosedRange<Int>) -> (ByteCount) -> String? {
        { value in
            if range.contains(value.bytes) { return nil }
            let (low, high) = (ByteCount(range.lowerBound).settingText, ByteCount(range.upperBound).settingText)
            return "\(low) to \(high) is expected, not \(value.settingText)"
        }
    }

    static func duration(_ range: PartialRangeFrom<Duration>, _ least: String) -> (Duration) -> String? {
        { range.contains($0) ? nil : "\(least) or more is expected, not \($0.settingText)" }
    }

    static func absolutePath(_ path: String) -> String? {
        if path.isEmpty || path.utf8.contains(0) { return "a path is expected" }
        if path.hasPrefix("/") { return nil }
        return "an absolute path is expected: a service has no folder of its own to start from"
    }

    static func socketPath(_ path: String) -> String? {
        if path.utf8.count > 107 { return "the path of a Unix socket has 107 bytes at most" }
        return absolutePath(path)
    }
}
