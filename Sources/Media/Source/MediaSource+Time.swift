internal import CFFmpeg
internal import Platform

extension MediaSource {
    /// A decoded frame's place in time.
    func stamp(_ frame: UnsafeMutablePointer<AVFrame>) -> TimestampTracker.Stamp {
        let base = demuxer.video.pointee.time_base
        let unit = Double(base.num) / Double(base.den)
        // What libav makes up supposes 25 frames a second. When they came is nearer to the truth.
        rawTime = nil
        if info.isLive && demuxer.hasNoTimes {
            var stamp = tracker.stamp(raw: Double(arrival) / 1e9, duration: info.interval)
            stamp.estimated = true
            return stamp
        }
        let raw = ownTime(of: frame).map { Double($0) * unit }
        rawTime = raw
        var duration = Double(nf_frame_duration(frame)) * unit
        if !(duration > 0) { duration = info.interval }
        guard raw == nil, index == 0, let start = startBeforeFirstTime(frame: duration) else {
            return tracker.stamp(raw: raw, duration: duration)
        }
        var stamp = tracker.stamp(raw: start, duration: duration)
        stamp.estimated = true
        return stamp
    }

    /// How late a live source may be read: see `SourceInfo.patience`.
    var patience: Double {
        guard info.isLive else { return 0 }
        if info.comesInPieces { return 15 }
        switch location.kind {
        case .file, .device: return 0
        case .rtsp: return options.transport == .udp ? 0.2 : 0.5
        case .network: return ["udp", "rtp"].contains(location.scheme) ? 0.2 : 0.5
        }
    }

    /// Counts the frames that are missing before the one that was just stamped; 0 for what is not live.
    func countMissing() -> Int {
        guard info.isLive else { return 0 }
        let skipped = loss.undecoded - undecodedBefore
        let missing = missingFrames.frame(time: rawTime, arrival: Double(arrival) / 1e9, known: skipped)
        loss.missing += missing
        undecodedBefore = loss.undecoded
        return missing
    }

    /// The time of the first frame of a file whose first frames have none, counted back from the first that has one; nil when there is none
    /// near. (Matroska's negative times reach us as none.)
    private func startBeforeFirstTime(frame duration: Double) -> Double? {
        guard extent != nil, let scout = try? Demuxer(location, options: options, interrupter: interrupter) else {
            return nil
        }
        defer { interrupter.arm(after: nil) }
        var (without, beyond) = (0, 0)
        var first: Double?
        for _ in 0..<10_000 where beyond < 32 {
            switch scout.read() {
            case .packet:
                if let time = scout.packetTime {
                    first = min(first ?? time, time)
                } else if first == nil {
                    without += 1
                }
                if first != nil { beyond += 1 }
            case .other: continue
            case .end, .empty, .failure: beyond = .max
            }
        }
        return first.map { $0 - Double(without) * duration }
    }

    /// The frame's time in the stream's unit; nil when it has none.
    private func ownTime(of frame: UnsafeMutablePointer<AVFrame>) -> Int64? {
        // libav would take the time of the packet that the decoder was given last.
        var ticks = decodingTimes.shown() ?? frame.pointee.best_effort_timestamp
        if ticks == nf_nopts_value() { return nil }
        // libav adds a whole round to times that lie far before the first. That is right where a clock ran over its end, and wrong where it
        // was set back.
        let stream = demuxer.video.pointee
        if (1..<63).contains(stream.pts_wrap_bits) {
            let round = Int64(1) << Int64(stream.pts_wrap_bits)
            let minute = 60 * Int64(stream.time_base.den) / Int64(max(1, stream.time_base.num))
            if ticks >= round, let lastTicks, lastTicks < round - minute { ticks -= round }
        }
        lastTicks = ticks
        return ticks
    }

    /// UTC of the newest frame of a file, by the clock of the options.
    private var recordedTime: Int64? {
        let start: Int64
        switch info.clock {
        case .none, .sender: return nil
        case .given(let moment): start = moment
        case .tag(let recorded): start = recorded.microseconds
        }
        return start.addingClamped(Int64(seconds: elapsed.seconds + passedOver, unitsPerSecond: 1e6))
    }

    /// Where the time of this recording's frames comes from, by the options and what its tags say.
    var chosenClock: SourceInfo.Clock {
        guard !info.isLive, !options.realtime else { return .none }
        switch (options.clock, info.recorded) {
        case (.start(let moment), _): return .given(moment)
        case (.tag, let recorded?): return .tag(recorded)
        case (.trustedTag, let recorded?) where recorded.hasZone: return .tag(recorded)
        default: return .none
        }
    }

    /// UTC of the frame: estimated for what is live, known as its due moment for a file at its own pace, else unknown.
    func captureTime(of stamp: TimestampTracker.Stamp, interval: Double) throws(MediaError) -> Int64? {
        if info.isLive {
            let now = MonotonicClock.wallMicroseconds()
            let estimate = wallClock.time(pts: stamp.pts, epoch: stamp.epoch, now: now)
            guard options.liveClock == .sender else { return estimate }
            let time = rawTime.flatMap { senderClock.time(of: $0, epoch: stamp.epoch) }
            if time != nil { info.clock = .sender }
            if let remark = senderClock.remark(time: time, arrival: now) { self.remark(remark) }
            return time ?? estimate
        }
        guard options.realtime else { return recordedTime }
        let due = pacer.due(pts: stamp.pts, epoch: stamp.epoch, interval: interval, now: MonotonicClock.now())
        guard interrupter.sleep(until: due) else { throw demuxer.failure(0, doing: "read") }
        arrival = MonotonicClock.now()
        return MonotonicClock.wallMicroseconds()
    }
}
