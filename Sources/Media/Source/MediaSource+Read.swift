internal import CFFmpeg
internal import Glibc
internal import Platform

extension MediaSource {
    /// The next frame, or nil at the end of the stream. Blocks.
    ///
    /// A live source must give a sound frame within its deadline: neither packets nor what a decoder makes of rubbish are
    /// a sign of life. The time between calls does not count.
    ///
    /// - Throws: `MediaError`: `.interrupted`, `.timedOut`, `.readFailed` after ten failed reads in a row or a lost
    ///   connection, `.noDecoder` when the codec changes to one that cannot be decoded.
    public func next() throws(MediaError) -> VideoFrame? {
        interrupter.show()
        interrupter.growth.begin()
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
        if thinning == .keyframes { decodesKeysOnly = true }
        decoder.setKeyframesOnly(decodesKeysOnly)
        var lost = 0
        while true {
            if interrupter.mustGiveUp { throw demuxer.failure(0, doing: "read") }
            if isPastEnd {
                if try !beginAgain() { return nil }
                continue
            }
            let shell = pool.takeShell()
            let output = decoder.receive(into: shell)
            noteFaults(in: output == .frame ? shell : nil)
            if isFaulty && decoder.isParallel {
                pool.giveBackShell(shell)
                startOver()
                continue
            }
            switch output {
            case .frame:
                if let frame = try deliver(shell) { return frame }
            case .needsInput:
                pool.giveBackShell(shell)
                lost = 0
                try feed()
            case .damaged:
                pool.giveBackShell(shell)
                fault()
                decodingTimes.lost()
                tally { $0.damaged += 1 }
                lost += 1
                // A decoder that fails for ever without taking a packet would hold us here for ever.
                if lost > 1000 { throw MediaError(.readFailed, source: info.name, reason: "the decoder is stuck") }
            case .end:
                pool.giveBackShell(shell)
                if index == 0, hasSought {
                    try readAll()
                    continue
                }
                guard index > 0 else { throw nothingDecoded() }
                if try !beginAgain() { return nil }
            }
        }
    }

    /// Goes back to the beginning of what loops; false when it does not.
    ///
    /// - Throws: `nothingDecoded` when the part that was asked for holds no frame.
    private func beginAgain() throws(MediaError) -> Bool {
        if inPart == 0 { throw nothingInPart() }
        guard options.loops, !info.isLive, demuxer.rewind() else { return false }
        try goToStart()
        decoder.flush()
        decodingTimes = DecodingTimes()
        lastTicks = nil
        isDraining = false
        isPastEnd = false
        tracker.beginEpoch()
        return true
    }

    /// Reads until the decoder has something to do.
    private func feed() throws(MediaError) {
        switch demuxer.read() {
        case .packet:
            arrival = MonotonicClock.now()
            readErrors = 0
            try followCodec()
            sent += 1
            noteStill()
            if options.liveClock == .sender, let told = demuxer.senderTime {
                senderClock.told(wall: told.wall, pts: told.pts)
            }
            let isKey = demuxer.packet.pointee.flags & AV_PKT_FLAG_KEY != 0
            // What follows a frame that was not decoded cannot be either: all frames come back with the next key frame.
            if isKey, decodesKeysOnly, thinning != .keyframes {
                decodesKeysOnly = false
                decoder.setKeyframesOnly(false)
            }
            let isSkipped = decodesKeysOnly && !isKey
            if isSkipped {
                loss.undecoded += 1
            } else {
                decodingTimes.sent(pts: demuxer.packet.pointee.pts, dts: demuxer.packet.pointee.dts)
            }
            if demuxer.packet.pointee.flags & AV_PKT_FLAG_CORRUPT != 0 { fault() }
            let accepted = decoder.send(demuxer.packet, tag: sent)
            if !accepted { decodingTimes.lost() }
            if !accepted || decoder.takeFaults() { fault() }
            let bytes = Int(demuxer.packet.pointee.size)
            tally {
                $0.packets += 1
                $0.bytes += bytes
                if isSkipped { $0.undecoded += 1 }
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
        _ = decoder.send(nil, tag: 0)
    }

    /// Passes over what is damaged; ends at the end of a truncated file; gives up a lost connection at once.
    private func passOver(_ status: Int32) throws(MediaError) {
        if interrupter.mustGiveUp { throw demuxer.failure(status, doing: "read") }
        // GXF's reader ends with an error that is none.
        if status == -1, !location.isLive, demuxer.isAtEnd { return drain() }
        tally { $0.damaged += 1 }
        readErrors += 1
        if !location.isLive && demuxer.isAtEnd {
            lastFailure = status
            return drain()
        }
        let mayHeal = !location.isLive || status == nf_averror_invaliddata()
        if !mayHeal || readErrors >= Self.toleratedReadErrors { throw demuxer.failure(status, doing: "read") }
    }

    /// Makes a new decoder when the stream goes on in another codec, or another stream.
    private func followCodec() throws(MediaError) {
        guard demuxer.video.pointee.codecpar.pointee.codec_id != decoder.codec else { return }
        decoder = try Decoder(
            for: demuxer.video, live: info.isLive, threading: decoder.isParallel ? .frames(options.threads) : threading,
            choice: options.decoder, source: location.name)
        decoder.setKeyframesOnly(decodesKeysOnly)
    }

    /// Stamps a decoded frame, makes it upright, waits until it is due; nil when it was thinned out.
    private func deliver(_ shell: UnsafeMutablePointer<AVFrame>) throws(MediaError) -> VideoFrame? {
        let orientation = orientation(of: shell)
        followShape(shell, orientation: orientation)
        let stamp = stamp(shell)
        let missing = countMissing()
        if try hasOvershot(stamp) {
            pool.giveBackShell(shell)
            return nil
        }
        let place = place(of: stamp)
        guard place != .after else {
            pool.giveBackShell(shell)
            isPastEnd = true
            return nil
        }
        let isDamaged = ledger.judge(packet: packet(of: shell), isKey: nf_frame_is_key(shell) != 0, pts: stamp.pts)
        let isThinned = isThinnedOut(index)
        tally {
            $0.decoded += 1
            if isDamaged { $0.damaged += 1 }
            if stamp.estimated { $0.estimated += 1 }
            if isThinned { $0.thinned += 1 }
            $0.missing += missing
        }
        // Not what follows damage: a stream without key frames would count as silent.
        elapsed.frame(pts: stamp.pts, epoch: stamp.epoch, interval: info.interval)
        if !isBroken(shell) {
            let now = MonotonicClock.now()
            stall.frame(at: now)
            soundAt = now
        }
        let number = index
        index += 1
        if place == .within { inPart += 1 }
        if number < passOver || place == .before {
            pool.giveBackShell(shell)
            return nil
        }
        if isThinned {
            loss.thinned += 1
            pool.giveBackShell(shell)
            return nil
        }
        var upright: UprightFrame
        do {
            upright = try maker.upright(from: shell, orientation: orientation, isPhoto: decoder.isPhoto)
        } catch {
            throw MediaError(.noDecoder, source: info.name, reason: error.reason)
        }
        upright.aspect = info.pixelAspect
        upright.isDamaged = isDamaged
        let time = try captureTime(of: stamp, interval: info.interval)
        defer {
            loss = FrameLoss()
            undecodedBefore = 0
        }
        return VideoFrame(
            upright,
            timing: VideoFrame.Timing(
                pts: stamp.pts, epoch: stamp.epoch, index: number, time: time, arrival: arrival, lostBefore: loss,
                estimated: stamp.estimated))
    }

    private func isThinnedOut(_ index: Int) -> Bool {
        switch thinning {
        case .all, .keyframes: false
        case .half: index % 2 != 0
        case .quarter: index % 4 != 0
        }
    }
}
