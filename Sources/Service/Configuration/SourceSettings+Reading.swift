internal import Analysis
internal import Expression
internal import FaceTracking
internal import Faces
internal import Imaging
internal import Media
internal import Platform
internal import Settings

extension SourceSettings {
    static func read(
        _ reader: SectionReader, name: String, capture: CaptureSettings, analysis: AnalysisSettings,
        secrets: SecretFiles
    ) -> SourceSettings {
        var result = SourceSettings(name: name)
        result.isEnabled = reader.value("enabled", default: result.isEnabled)
        let before = reader.context.problems.count
        let url = reader.optional("url", show: { ConfigurationReport.quoted(RedactedURL.scrub($0)) }, check: checkURL)
        let file: String? = reader.optional("url_file", check: { $0.isEmpty ? "a path is expected" : nil })
        switch (url, file) {
        case (let url?, nil):
            result.url = url
        case (nil, let file?) where secrets.isForgiven(file):
            reader.context.warn(
                "it may not be read here, and was not checked", at: reader.place, path: reader.path + ["url_file"])
        case (nil, let file?):
            if let remark = secrets.remark(file) {
                reader.context.warn(remark, at: reader.place, path: reader.path + ["url_file"])
            }
            do throws(ConfigurationError) {
                result.url = try secrets.read(file)
                if let problem = checkURL(result.url) { throw ConfigurationError(problem) }
            } catch {
                reader.context.complain(
                    error.problems[0].text, at: reader.context.fileName, path: reader.path + ["url_file"])
            }
        case (nil, nil) where reader.context.problems.count > before:
            // It is there, and what is wrong with it has been told.
            break
        case (nil, nil):
            reader.context.complain(
                "url or url_file is missing: a URL, a device (/dev/video0) or a file",
                at: reader.place,
                path: reader.path)
        case (.some, .some):
            reader.context.complain(
                "url and url_file exclude each other", at: reader.place, path: reader.path)
        }
        result.capture = CaptureSettings.read(reader.section("capture"), base: capture, inherited: "capture")
        result.warnOfCapture(reader)
        result.analysis = AnalysisSettings.read(reader.section("analysis"), base: analysis, inherited: "analysis")
        reader.finish()
        return result
    }

    /// Says what of `capture` makes no difference to this source, or is known to nothing.
    private func warnOfCapture(_ reader: SectionReader) {
        let path = reader.path + ["capture"]
        for key in ["loop", "realtime"] where !url.isEmpty && MediaLocation(url).isLive {
            guard let entry = reader.context.report[(path + [key]).joined(separator: ".")], entry.text == "true" else {
                continue
            }
            if case .inherited = entry.origin { continue }
            reader.context.warn(
                "it is for files, and this source is none", at: reader.place, path: path + [key])
        }
        for name in capture.media.libav.keys.sorted() where !MediaOptions.isKnownToLibav(name) {
            reader.context.warn(
                "this libav knows no such option of demuxers or protocols", at: reader.place,
                path: path + ["libav", name])
        }
    }

    private static func checkURL(_ url: String) -> String? {
        if url.isEmpty { return "a URL, a device (/dev/video0) or a file is expected" }
        if url == "-" { return "a service has no standard input to read" }
        if url.unicodeScalars.contains(where: { $0.value < 32 }) {
            return "there is a line break or control character in it"
        }
        if url.contains("://") || url.hasPrefix("file:") { return nil }
        if url.hasPrefix("v4l2:") { return Checks.absolutePath(String(url.dropFirst("v4l2:".count))) }
        return Checks.absolutePath(url)
    }
}

extension CaptureSettings {
    static func read(_ reader: SectionReader, base: CaptureSettings, inherited: String?) -> CaptureSettings {
        var result = base
        let positive = Checks.duration(.milliseconds(10)..., "10ms")
        let media = base.media
        result.media.transport = reader.value("transport", default: media.transport, inherited: inherited)
        result.media.liveClock = reader.value("clock", default: media.liveClock, inherited: inherited)
        result.media.decoder = reader.value("decoder", default: media.decoder, inherited: inherited)
        result.media.deadlines.open = reader.value(
            "open_timeout", default: media.deadlines.open, inherited: inherited, check: positive)
        result.media.deadlines.firstFrame = reader.value(
            "first_frame_timeout", default: media.deadlines.firstFrame, inherited: inherited, check: positive)
        let silence = reader.value(
            "stall_timeout", default: SilenceLimit(media.deadlines.stall), inherited: inherited,
            check: { $0.stall.flatMap(positive) })
        result.media.deadlines.stall = silence.stall
        result.reconnectLimit = reader.value(
            "reconnect_limit", default: base.reconnectLimit, inherited: inherited, check: positive)
        result.healthyAfter = reader.value(
            "healthy_after", default: base.healthyAfter, inherited: inherited, check: positive)
        result.media.realtime = reader.value("realtime", default: media.realtime, inherited: inherited)
        result.media.loops = reader.value("loop", default: media.loops, inherited: inherited)
        result.media.threads = reader.value(
            "decoder_threads", default: media.threads, inherited: inherited, check: Checks.range(1...64))
        let device = media.device
        result.media.device.inputFormat = reader.optional(
            "device_format", default: device.inputFormat, inherited: inherited)
        result.media.displayAspect = reader.optional("aspect", default: media.displayAspect, inherited: inherited)
        var size: FrameSize?
        if let width = device.width, let height = device.height { size = FrameSize(width: width, height: height) }
        size = reader.optional("device_size", default: size, inherited: inherited)
        result.media.device.width = size?.width
        result.media.device.height = size?.height
        result.media.device.rate = reader.optional(
            "device_rate", default: device.rate, inherited: inherited, check: Checks.number(0.01...1_000))
        let probe: ByteCount? = reader.optional(
            "probe_size", default: media.probeBytes.map(ByteCount.init), inherited: inherited,
            check: Checks.size(1 << 10...1 << 30))
        result.media.probeBytes = probe?.bytes
        result.media.analyzeDuration = reader.optional(
            "probe_duration", default: media.analyzeDuration, inherited: inherited)
        result.media.libav = reader.texts("libav", default: media.libav, inherited: inherited, isSecret: true)
        reader.finish()
        return result
    }
}

extension AnalysisSettings {
    static func read(_ reader: SectionReader, base: AnalysisSettings, inherited: String?) -> AnalysisSettings {
        var result = base
        for key in AnalysisKey.all { result.read(key, from: reader, base: base, inherited: inherited) }
        reader.finish()
        return result
    }

    private mutating func read(
        _ key: AnalysisKey, from reader: SectionReader, base: AnalysisSettings, inherited: String?
    ) {
        switch key.kind {
        case .flag(let place):
            self[keyPath: place] = reader.value(key.name, default: base[keyPath: place], inherited: inherited)
        case .count(let place, let range):
            self[keyPath: place] = reader.value(
                key.name, default: base[keyPath: place], inherited: inherited, check: Checks.range(range))
        case .number(let place, let range):
            self[keyPath: place] = reader.optional(
                key.name, default: base[keyPath: place], inherited: inherited, check: Checks.number(range))
        case .share(let place):
            let value = reader.value(
                key.name, default: Double(base[keyPath: place]), inherited: inherited, check: Checks.number(0...1))
            self[keyPath: place] = Float(value)
        case .pixels(let place):
            self[keyPath: place] = reader.value(
                key.name, default: base[keyPath: place], inherited: inherited,
                check: Checks.number(AnalysisKey.pixelRange))
        case .seconds(let place):
            let standard = Duration.nanoseconds(Int64((base[keyPath: place] * 1e9).rounded()))
            let value = reader.value(key.name, default: standard, inherited: inherited)
            self[keyPath: place] = Double(value.nanoseconds) / 1e9
        case .parts(let place):
            self[keyPath: place] = reader.optional(key.name, default: base[keyPath: place], inherited: inherited)
        case .landmarks:
            let known = LandmarkSet.allCases.map(\.rawValue)
            let number = reader.value(
                key.name, default: base.landmarks.rawValue, inherited: inherited,
                check: { known.contains($0) ? nil : "0, 68 or 468 is expected" })
            landmarks = LandmarkSet(rawValue: number) ?? base.landmarks
        case .detector(let place):
            self[keyPath: place] = reader.value(key.name, default: base[keyPath: place], inherited: inherited)
        case .smoothing:
            smoothing = reader.value(key.name, default: SmoothingChoice(base.smoothing), inherited: inherited).mode
        case .baseline:
            baseline = reader.value(key.name, default: BaselineChoice(base.baseline), inherited: inherited).mode
        case .smoothingParameters:
            let texts = reader.texts(
                key.name, default: base.smoothingParameters.mapValues(\.settingText), inherited: inherited,
                check: Self.checkParameter)
            smoothingParameters = texts.compactMapValues(Double.init(setting:))
        case .thresholds:
            let texts = reader.texts(
                key.name, default: base.thresholds.mapValues(\.settingText), inherited: inherited,
                check: { AnalysisKey.checkThreshold($0, Double(setting: $1)) })
            thresholds = texts.compactMapValues(Double.init(setting:))
        }
    }
}

extension AnalysisSettings {
    /// Whether a parameter of the smoothing is one.
    fileprivate static func checkParameter(_ name: String, _ text: String) -> String? {
        AnalysisKey.checkParameter(name, Double(setting: text)) { NearestName.phrase(for: name, among: $0) ?? "" }
    }
}
