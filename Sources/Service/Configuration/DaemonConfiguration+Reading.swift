internal import Analysis
internal import Glibc
internal import Settings
internal import Sinks

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
        outputs.check(sources: names, context)
    }
}

extension LogSettings {
    static func read(_ reader: SectionReader) -> LogSettings {
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

extension HTTPSettings {
    fileprivate static func read(_ reader: SectionReader) -> HTTPSettings {
        var result = HTTPSettings()
        result.listen = reader.optional("listen", default: result.listen)
        result.page = reader.value("page", default: result.page)
        result.pictures = reader.value("pictures", default: result.pictures)
        if result.page, result.listen == nil {
            reader.context.warn(
                "the page is served nowhere without http.listen", at: reader.place, path: ["http", "page"])
        }
        if result.pictures != .none, !result.page {
            reader.context.warn(
                "pictures are shown nowhere without http.page", at: reader.place, path: ["http", "pictures"])
        }
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
