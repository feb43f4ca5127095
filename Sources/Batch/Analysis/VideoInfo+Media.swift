internal import Media
internal import Platform
internal import Records

extension VideoInfo {
    /// What was found in a source that was read with some options.
    init(_ info: SourceInfo, options: MediaOptions) {
        self.init()
        format = info.format
        codec = info.codec
        stream = info.stream
        pixelFormat = info.pixelFormat
        width = info.width
        height = info.height
        pixelAspect = info.pixelAspect.description
        isAspectGiven = options.displayAspect != nil
        rotation = info.orientation.degrees
        isMirrored = info.orientation.isMirrored
        transfer = info.transfer
        toneMapping = info.transfer == "smpte2084" ? "PQ to SDR" : nil
        rate = info.nominalRate
        start = info.startTime
        recorded = info.recorded?.microseconds
        switch info.clock {
        case .none: clock = "none"
        case .sender: clock = "sender"
        case .tag(let time): clock = time.tag
        case .given(let moment):
            clock = "given"
            recorded = moment
        }
    }
}

extension MediaOptions {
    /// What of them the records depend on, by the names of the command's options.
    var entries: [RunInfo.Entry] {
        var entries: [RunInfo.Entry] = []
        if let displayAspect { entries.append(RunInfo.Entry("aspect", "\(displayAspect)")) }
        switch clock {
        case .trustedTag: break
        case .none: entries.append(RunInfo.Entry("start_time", "none"))
        case .tag: entries.append(RunInfo.Entry("start_time", "tag"))
        case .start(let moment):
            entries.append(RunInfo.Entry("start_time", UTCTime(microseconds: moment).map(\.text) ?? "\(moment)"))
        }
        if let start { entries.append(RunInfo.Entry("start", "\(start)")) }
        if let end { entries.append(RunInfo.Entry("end", "\(end)")) }
        if let stream { entries.append(RunInfo.Entry("stream", "\(stream)")) }
        return entries
    }

    /// Seconds of the part that is read; nil when not known.
    func length(of info: SourceInfo) -> Double? {
        let first = info.startTime ?? 0
        let from = max(first, start ?? first)
        guard let to = [end, info.duration.map { first + $0 }].compactMap({ $0 }).min() else { return nil }
        return max(0, to - from)
    }
}
