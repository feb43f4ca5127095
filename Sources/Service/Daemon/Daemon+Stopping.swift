internal import Dispatch
internal import Logging
internal import Media
internal import Pipeline
internal import Platform
internal import Sinks

extension Daemon {
    /// How long a source's reader may take to end, and its pipeline to work on what it gave, when the source is stopped alone.
    private static let stopLimit: Duration = .seconds(2)

    /// Stops a source; what it gave is analysed and written. Returns at once.
    ///
    /// Each source that goes is waited for on a thread of its own, so that sixteen that hang take no longer than one, and the watchdog and
    /// a stop are served meanwhile. One that is wanted again, with other settings, starts when its former self is gone: its epochs, the
    /// numbers of its records and the lines of its files go on where that one ended.
    func retire(_ name: String) {
        guard let source = sources.removeValue(forKey: name) else { return }
        restarts[name] = nil
        retiring.insert(name)
        board.remove(name)
        leaving.enter()
        _ = WorkerThread(name: "stopping") { [self] in
            let hasEnded = supervisor.stop(name, within: Self.stopLimit)
            source.pipeline.finish()
            let limit = MonotonicClock.time + Self.stopLimit
            if source.pipeline.wait(until: limit.nanoseconds) == nil { source.pipeline.stop() }
            // In this order: whoever waits for all that go finds those that come in their place started.
            control.async { self.retired(source, hasEnded: hasEnded) }
            leaving.leave()
        }
    }

    private func retired(_ source: RunningSource, hasEnded: Bool) {
        let name = source.name
        retiring.remove(name)
        nextSequences[name] = source.nextSequence
        if !hasEnded { logger.warning("hangs in the system and is left behind", metadata: ["source": "\(name)"]) }
        logger.info("source stopped", metadata: ["source": "\(name)"])
        let wanted = configuration?.sources.first { $0.name == name && $0.isEnabled }
        guard !hasStopped, let wanted, sources[name] == nil else { return }
        startSource(wanted)
        updateBoard()
    }

    /// Closes outputs that nothing is routed to any more, when the sources that go have written their last lines. Returns at once.
    func discard(_ sinks: [any RecordSink]) {
        guard !sinks.isEmpty else { return }
        closing.enter()
        _ = WorkerThread(name: "closing") { [self] in
            _ = leaving.wait(until: (MonotonicClock.time + .seconds(10)).nanoseconds)
            // Side by side, and with no end of their own: a disk that is dead holds only its own thread.
            for sink in sinks {
                closing.enter()
                _ = WorkerThread(name: "closing") { [closing] in
                    sink.close()
                    closing.leave()
                }
            }
            closing.leave()
        }
    }

    /// Ends everything within `limits.stop_timeout`: what was taken in is analysed and written in whole lines.
    func stop() {
        guard !hasStopped else { return }
        hasStopped = true
        stopTimer()
        notifier.tell(.stopping)
        logger.notice("stopping")
        let limit = configuration?.limits.stopTimeout ?? .seconds(5)
        let deadline = MonotonicClock.time + limit
        if !supervisor.stopAll(within: min(.seconds(2), limit / 2)) {
            logger.warning("a source hangs in the system and is left behind")
        }
        for source in sources.values { source.pipeline.finish() }
        let analysed = deadline - limit / 4
        let late = sources.values.filter { $0.pipeline.wait(until: analysed.nanoseconds) == nil }
        for source in late {
            logger.warning("what waits is given up", metadata: ["source": "\(source.name)"])
            source.pipeline.stop()
        }
        for source in late { _ = source.pipeline.wait(until: (analysed + limit / 10).nanoseconds) }
        _ = leaving.wait(until: (analysed + limit / 10).nanoseconds)
        http?.close()
        closeAll(outputs.all.map(\.sink), until: deadline)
        // Sockets that were made are removed with the last that holds them.
        outputs = Outputs()
        logger.notice("stopped")
        exit.signal { $0 = 0 }
    }

    /// Closes outputs side by side: a dead disk must not keep the others from being written out.
    private func closeAll(_ sinks: [any RecordSink], until deadline: MonotonicTime) {
        for sink in sinks {
            closing.enter()
            _ = WorkerThread(name: "closing") { [closing] in
                sink.close()
                closing.leave()
            }
        }
        if !closing.wait(until: deadline.nanoseconds) { logger.error("an output could not be written out in time") }
    }
}
