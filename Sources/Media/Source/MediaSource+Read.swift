internal import CFFmpeg
internal import Glibc
internal import Platform

extension MediaSource {
    /// The next picture, or nil at the end of the stream. Blocks.
    ///
    /// A live source must give a sound picture within its deadline: neither packets nor what a decoder makes of rubbish are
    /// a sign of life. The time between calls does not count.
    ///
    /// - Throws: `MediaError`: `.interrupted`, `.timedOut`, `.readFailed` after ten failed reads in a row or a lost
    ///   connection, `.noDecoder` when the codec changes to one that cannot be decoded.
    public func next() throws(MediaError) -> VideoFrame? {
        interrupter.show()
        if location.isLive {
            let now = MonotonicClock.now()
            soundAt = soundAt.map { $0 + (now - leftAt) } ?? now
            let limit = index == 0 ? options.deadlines.firstFrame.nanoseconds : stall.limit
            interrupter.arm(after: (soundAt ?? now) + limit - now)
        }
        defer {
            leftAt = MonotonicClock.now()
            interrupter.arm(after: nil)
        }
        decoder.setKeyframesOnly(thinning == .keyframes)
        var lost = 0
        while true {
            if interrupter.isStopped || interrupter.isOverdue { throw demuxer.failure(0, doing: "read") }
            let shell = pool.takeShell()
            switch decoder.receive(into: shell) {
            case .picture:
                if let frame = try deliver(shell) { return frame }
            case .hungry:
                pool.giveBackShell(shell)
                lost = 0
                try feed()
            case .damaged:
                pool.giveBackShell(shell)
                tally { $0.damaged += 1 }
                lost += 1
                // A decoder that fails for ever without taking a packet would hold us here for ever.
                if lost > 1000 { throw MediaError(.readFailed, source: info.name, reason: "the decoder is stuck") }
            case .end:
                pool.giveBackShell(shell)
                guard options.loops, !info.isLive, index > 0, demuxer.rewind() else { return nil }
                decoder.flush()
                isDraining = false
                tracker.beginEpoch()
            }
        }
    }

    /// Reads until the decoder has something to do.
    private func feed() throws(MediaError) {
        switch demuxer.read() {
        case .packet:
            arrival = MonotonicClock.now()
            readErrors = 0
            try followCodec()
            let accepted = decoder.send(demuxer.packet)
            let bytes = Int(demuxer.packet.pointee.size)
            tally {
                $0.packets += 1
                $0.bytes += bytes
                if !accepted { $0.damaged += 1 }
            }
        case .other:
            break
        case .end:
            if let status = demuxer.lostConnection { throw demuxer.failure(status, doing: "read") }
            drain()
        case .empty:
            _ = interrupter.sleep(until: MonotonicClock.now() + 2_000_000)
        case .failure(let status):
            try passOver(status)
        }
    }

    private func drain() {
        guard !isDraining else { return }
        isDraining = true
        _ = decoder.send(nil)
    }

    /// Passes over what is damaged; ends at the end of a truncated file; gives up a lost connection at once.
    private func passOver(_ status: Int32) throws(MediaError) {
        if interrupter.isStopped || interrupter.isOverdue { throw demuxer.failure(status, doing: "read") }
        tally { $0.damaged += 1 }
        readErrors += 1
        if !location.isLive && demuxer.isAtEnd { return drain() }
        let mayHeal = !location.isLive || status == nf_averror_invaliddata()
        if !mayHeal || readErrors >= Self.toleratedReadErrors { throw demuxer.failure(status, doing: "read") }
    }

    /// Makes a new decoder when the stream goes on in another codec, or another stream.
    private func followCodec() throws(MediaError) {
        guard demuxer.video.pointee.codecpar.pointee.codec_id != decoder.codec else { return }
        decoder = try Decoder(
            for: demuxer.video, live: info.isLive, threads: options.threads, source: location.name)
        decoder.setKeyframesOnly(thinning == .keyframes)
    }

    /// Stamps a decoded picture, makes it upright, waits until it is due; nil when it was thinned out.
    private func deliver(_ shell: UnsafeMutablePointer<AVFrame>) throws(MediaError) -> VideoFrame? {
        let orientation = orientation(of: shell)
        followShape(shell, orientation: orientation)
        let stamp = stamp(shell)
        let isDamaged = shell.pointee.decode_error_flags != 0 || shell.pointee.flags & AV_FRAME_FLAG_CORRUPT != 0
        let isThinned = isThinnedOut(index)
        tally {
            $0.decoded += 1
            if isDamaged { $0.damaged += 1 }
            if stamp.estimated { $0.estimated += 1 }
            if isThinned { $0.thinned += 1 }
        }
        if !isDamaged {
            let now = MonotonicClock.now()
            stall.picture(at: now)
            soundAt = now
        }
        let number = index
        index += 1
        if isThinned {
            dropped += 1
            pool.giveBackShell(shell)
            return nil
        }
        var picture: Picture
        do {
            picture = try maker.picture(from: shell, orientation: orientation, isPhoto: decoder.isPhoto)
        } catch {
            throw MediaError(.noDecoder, source: info.name, reason: error.reason)
        }
        picture.aspect = info.pixelAspect
        let time = try captureTime(of: stamp, interval: info.interval)
        defer { dropped = 0 }
        return VideoFrame(
            picture,
            timing: VideoFrame.Timing(
                pts: stamp.pts, epoch: stamp.epoch, index: number, time: time, arrival: arrival, droppedBefore: dropped,
                estimated: stamp.estimated))
    }

    private func isThinnedOut(_ index: Int) -> Bool {
        switch thinning {
        case .all, .keyframes: false
        case .half: index % 2 != 0
        case .quarter: index % 4 != 0
        }
    }

    /// A new size, aspect, pixel format or codec starts a new epoch.
    private func followShape(_ frame: UnsafeMutablePointer<AVFrame>, orientation: Orientation) {
        let (stored, storedHeight) = (Int(frame.pointee.width), Int(frame.pointee.height))
        let now = Shape(
            width: frame.pointee.width, height: frame.pointee.height, pixels: frame.pointee.format,
            codec: decoder.codec.rawValue,
            aspect: pixelAspect(
                of: frame, width: orientation.transposed ? storedHeight : stored,
                height: orientation.transposed ? stored : storedHeight, orientation: orientation))
        if shape == now { return }
        if shape != nil { tracker.beginEpoch() }
        shape = now
        info.pixelAspect = now.aspect
        info.codec = decoder.name
        info.pixelFormat = av_get_pix_fmt_name(AVPixelFormat(now.pixels)).map { String(cString: $0) } ?? ""
        info.orientation = orientation
        info.width = Int(orientation.transposed ? now.height : now.width)
        info.height = Int(orientation.transposed ? now.width : now.height)
    }

    private func stamp(_ frame: UnsafeMutablePointer<AVFrame>) -> TimestampTracker.Stamp {
        let base = demuxer.video.pointee.time_base
        let unit = Double(base.num) / Double(base.den)
        // What libav makes up supposes 25 pictures a second. When they came is nearer to the truth.
        if info.isLive && demuxer.hasNoTimes {
            var stamp = tracker.stamp(raw: Double(arrival) / 1e9, duration: info.interval)
            stamp.estimated = true
            return stamp
        }
        let raw = frame.pointee.best_effort_timestamp
        let duration = Double(nf_frame_duration(frame)) * unit
        return tracker.stamp(
            raw: raw == nf_nopts_value() ? nil : Double(raw) * unit, duration: duration > 0 ? duration : info.interval)
    }

    /// The picture's own word, then the stream's, then Exif's. A picture's word holds until the next picture that needs no
    /// other, since encoders send it with those alone.
    private func orientation(of frame: UnsafeMutablePointer<AVFrame>) -> Orientation {
        if let matrix = nf_frame_display_matrix(frame) {
            let orientation = Orientation(displayMatrix: matrix)
            frameOrientation = orientation
            return orientation
        }
        if nf_frame_is_key(frame) != 0 { frameOrientation = nil }
        if let frameOrientation { return frameOrientation }
        if let matrix = nf_stream_display_matrix(demuxer.video) { return Orientation(displayMatrix: matrix) }
        guard decoder.isPhoto, let entry = av_dict_get(frame.pointee.metadata, "Orientation", nil, 0) else {
            return .upright
        }
        return Orientation(exif: String(cString: entry.pointee.value).compactMap(\.wholeNumberValue).first ?? 1)
    }

    /// The aspect of an upright picture's pixels: that of the options, else the container's, else the picture's own, as libav resolves them.
    /// What is not plausible is passed over, with a remark.
    ///
    /// - Parameters:
    ///   - frame: a decoded picture; nil before the first.
    ///   - width: of the upright picture; `height` likewise.
    func pixelAspect(
        of frame: UnsafeMutablePointer<AVFrame>?, width: Int, height: Int, orientation: Orientation
    ) -> AspectRatio {
        if let wanted = options.displayAspect { return wanted.pixel(width: width, height: height) ?? .square }
        guard let stored = demuxer.aspect(of: frame) else { return .square }
        let aspect = orientation.transposed ? stored.transposed : stored
        if AspectRatio.plausible.contains(aspect.ratio) { return aspect }
        if strangeAspect != aspect {
            strangeAspect = aspect
            remark("pixels of \(aspect) are not plausible; they are taken for square")
        }
        return .square
    }

    /// UTC of the picture: estimated for what is live, known as its due moment for a file at its own pace, else unknown.
    private func captureTime(of stamp: TimestampTracker.Stamp, interval: Double) throws(MediaError) -> Int64? {
        if info.isLive {
            return wallClock.time(pts: stamp.pts, epoch: stamp.epoch, now: MonotonicClock.wallMicroseconds())
        }
        guard options.realtime else { return nil }
        let due = pacer.due(pts: stamp.pts, epoch: stamp.epoch, interval: interval, now: MonotonicClock.now())
        guard interrupter.sleep(until: due) else { throw demuxer.failure(0, doing: "read") }
        arrival = MonotonicClock.now()
        return MonotonicClock.wallMicroseconds()
    }
}

extension SourceInfo {
    /// Seconds from one picture to the next where nothing better is known; 25 a second if the container says nothing.
    var interval: Double { 1 / (nominalRate ?? 25) }

    init(demuxer: Demuxer, decoder: Decoder, isLive: Bool) {
        let stream = demuxer.video.pointee
        let parameters = stream.codecpar.pointee
        let orientation = nf_stream_display_matrix(demuxer.video).map { Orientation(displayMatrix: $0) } ?? .upright
        let average = stream.avg_frame_rate.num > 0 ? stream.avg_frame_rate : stream.r_frame_rate
        let rate = average.num > 0 && average.den > 0 ? Double(average.num) / Double(average.den) : nil
        let unit = Double(stream.time_base.num) / Double(stream.time_base.den)
        let duration = stream.duration > 0 ? Double(stream.duration) * unit : demuxer.duration
        let estimate = rate.flatMap { rate in duration.map { Int(min($0 * rate, 1e15).rounded()) } }
        self.init(
            name: demuxer.location.name, format: demuxer.format, codec: decoder.name,
            pixelFormat: av_get_pix_fmt_name(AVPixelFormat(parameters.format)).map { String(cString: $0) } ?? "",
            width: Int(orientation.transposed ? parameters.height : parameters.width),
            height: Int(orientation.transposed ? parameters.width : parameters.height), nominalRate: rate,
            duration: duration, frameCountEstimate: stream.nb_frames > 0 ? Int(stream.nb_frames) : estimate,
            startTime: stream.start_time == nf_nopts_value() ? nil : Double(stream.start_time) * unit,
            orientation: orientation, isLive: isLive)
    }
}
