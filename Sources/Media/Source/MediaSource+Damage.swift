internal import CFFmpeg
internal import Platform

extension MediaSource {
    /// Something is wrong in the packet that was sent last.
    func fault() {
        ledger.fault(inPacket: sent)
        isFaulty = true
    }

    /// Asks the decoder, and the frame that it gave, for faults.
    func noteFaults(in shell: UnsafeMutablePointer<AVFrame>?) {
        if decoder.takeFaults() { fault() }
        guard let shell, isBroken(shell) else { return }
        ledger.fault(inPacket: packet(of: shell))
        isFaulty = true
    }

    /// The frame's own word that it is damaged.
    func isBroken(_ frame: UnsafeMutablePointer<AVFrame>) -> Bool {
        frame.pointee.decode_error_flags != 0 || frame.pointee.flags & AV_FRAME_FLAG_CORRUPT != 0
    }

    /// The number of the packet that a frame was made of; the newest where the decoder does not tell.
    func packet(of frame: UnsafeMutablePointer<AVFrame>) -> Int64 {
        let tag = nf_frame_tag(frame)
        return (1...max(1, sent)).contains(tag) ? tag : sent
    }

    /// Reads a damaged file again from its beginning, with one thread: several at once give other frames each time, and cannot say which
    /// packet was at fault. The frames that were given out were sound; they are passed over.
    func startOver() {
        do throws(MediaError) {
            try reopen(threading: .none)
        } catch {
            // Something else is there by now. What is open goes on, with one thread from here on.
            guard
                let single = try? Decoder(
                    for: demuxer.video, live: false, threading: .none, source: location.name)
            else { return }
            decoder = single
            return
        }
        passOver = index
        forget()
    }

    /// Opens a file again and goes to where its reading began.
    func reopen(threading: Decoder.Threading) throws(MediaError) {
        let again = try Demuxer(location, options: options, interrupter: interrupter)
        decoder = try Decoder(for: again.video, live: false, threading: threading, source: location.name)
        demuxer = again
        interrupter.arm(after: nil)
        try goToStart()
    }

    /// Forgets what was read, for a file that was opened again.
    func forget() {
        index = 0
        sent = 0
        ledger = DamageLedger()
        isFaulty = false
        isDraining = false
        readErrors = 0
        shape = nil
        frameOrientation = nil
        tracker = freshTracker
        elapsed = ElapsedTime()
        decodingTimes = DecodingTimes()
        lastTicks = nil
        lastFailure = nil
        tally { $0 = SourceCounters() }
    }
}
