internal import Platform

/// The part of a recording that is read.
extension MediaSource {
    /// Where a frame lies.
    enum Place {
        case before, within, after
    }

    /// How long before the start of the part reading begins, in seconds: what a key frame's own neighbours need is sound by then.
    private static let lead = 2.0

    /// Whether a part of the recording was asked for, rather than all of it.
    var isPart: Bool { hasSought || isPastEnd }

    /// Goes to a key frame before the start of the part that was asked for; stays at the beginning where the container cannot, or there is no
    /// need.
    func goToStart() throws(MediaError) {
        hasSought = false
        guard let start = options.start, !info.isLive, !mustReadAll, start - Self.lead > info.startTime ?? 0 else {
            return
        }
        hasSought = demuxer.seek(to: start - Self.lead)
        // A container without an index reads on to its end before it says that it cannot.
        if !hasSought { try readAll() }
    }

    /// Where a frame of a recording lies.
    func place(of stamp: TimestampTracker.Stamp) -> Place {
        guard !info.isLive else { return .within }
        if let end = options.end, stamp.pts >= end { return .after }
        if let start = options.start, stamp.pts < start - 1e-6 { return .before }
        return .within
    }

    /// Opens the recording again, to read it from its beginning: the container could not be led to the start of the part.
    func readAll() throws(MediaError) {
        mustReadAll = true
        try reopen(threading: decoder.isParallel ? .frames(options.threads) : threading)
        forget()
    }

    /// Whether the container went to a place behind the one that was asked for. Then the recording is opened again and read from its beginning.
    func hasOvershot(_ stamp: TimestampTracker.Stamp) throws(MediaError) -> Bool {
        guard index == 0, hasSought, let start = options.start else { return false }
        guard stamp.pts <= start else {
            try readAll()
            return true
        }
        passedOver = max(0, stamp.pts - (info.startTime ?? 0))
        return false
    }

    /// The error for a part of a recording in which there is no frame.
    func nothingInPart() -> MediaError {
        let from = options.start.map { "from \($0) s" } ?? "from its beginning"
        let to = options.end.map { " to \($0) s" } ?? ""
        let first = info.startTime ?? 0
        let length = info.duration.map { "; it runs from \(first) s to \(first + $0) s" } ?? ""
        return MediaError(.nothingDecoded, source: info.name, reason: "there is no frame \(from)\(to)\(length)")
    }
}
