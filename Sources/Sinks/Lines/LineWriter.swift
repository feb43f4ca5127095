import Glibc
internal import Platform

/// Carries lines from producers to an output on a thread of its own, so that a slow disk never holds the analysis.
///
/// Two buffers change places: producers fill one while the thread writes the other. Once both have grown, nothing is
/// allocated. A writer must be closed: its thread keeps it alive until then.
package final class LineWriter: @unchecked Sendable {
    // @unchecked because `output` is used on the writer's thread only, and `thread` is written once in `init` and
    // touched by the first caller of `close` only.
    private struct State {
        var pending: [UInt8] = []
        var flush: FlushPolicy
        /// Set when the thread must look again: first line, threshold passed, a request.
        var isChanged = false
        var mustReopen = false
        var isClosing = false
        var dropped = 0
        var status: SinkStatus
    }

    private let monitor: Monitor<State>
    private let output: any LineOutput
    private let overflow: OverflowPolicy
    private let capacity: Int
    private let threshold: Int
    private var thread: WorkerThread?

    /// Starts the thread; `output` belongs to it from now on.
    package init(
        name: String, output: sending any LineOutput, flushInterval: Duration, overflow: OverflowPolicy, capacity: Int
    ) {
        threshold = min(64 << 10, capacity)
        let state = State(
            flush: FlushPolicy(interval: flushInterval, threshold: threshold), status: output.status)
        self.output = output
        self.overflow = overflow
        self.capacity = capacity
        monitor = Monitor(state)
        thread = WorkerThread(name: name) { [self] in run() }
    }

    /// Adds whole lines.
    ///
    /// - Returns: false if they were dropped.
    @discardableResult
    package func add(_ bytes: [UInt8], lines: Int) -> Bool {
        guard !bytes.isEmpty else { return true }
        var isTaken = true
        let mustWake: Bool? = monitor.wait(until: nil) { state in
            if state.isClosing { return false }
            if state.pending.isEmpty || state.pending.count + bytes.count <= capacity {
                let held = state.pending.count
                state.pending.append(contentsOf: bytes)
                state.flush.added(bytes.count, at: MonotonicClock.time)
                let isFirst = held == 0
                let isThreshold = held < threshold && state.pending.count >= threshold
                state.isChanged = state.isChanged || isFirst || isThreshold
                return isFirst || isThreshold
            }
            // Waiting makes sense only for an output that moves: a failed one is told by its status instead.
            guard overflow == .wait, state.status.isHealthy else {
                state.dropped += lines
                isTaken = false
                return false
            }
            return nil
        }
        if mustWake == true { monitor.signal { _ in } }
        return isTaken
    }

    /// Has the output opened again.
    package func reopen() {
        monitor.signal { state in
            state.mustReopen = true
            state.isChanged = true
        }
    }

    /// Writes what is held, closes, and waits for both. May be called more than once.
    package func close() {
        let isFirst = monitor.signal { state in
            defer { state.isClosing = true }
            state.isChanged = true
            return !state.isClosing
        }
        guard isFirst else { return }
        thread?.join()
        thread = nil
    }

    package var status: SinkStatus {
        monitor.withLock { state in
            var status = state.status
            status.dropped += state.dropped
            return status
        }
    }

    private struct Work {
        var mustReopen: Bool
        var isClosing: Bool
        var deadline: MonotonicTime?
    }

    private func run() {
        var batch: [UInt8] = []
        var offset = 0
        var deadline: MonotonicTime?
        while true {
            let work = next(&batch, &offset, deadline: deadline)
            let now = MonotonicClock.time
            let wall = MonotonicClock.wallMicroseconds() / 1_000_000
            if work.mustReopen { output.reopen(now: now) }
            if offset < batch.count {
                offset += batch.withUnsafeBytes { bytes in
                    output.write(UnsafeRawBufferPointer(rebasing: bytes[offset...]), now: now, wall: wall)
                }
            }
            output.maintain(now: now, wall: wall)
            if work.isClosing { return finish(unwritten: batch[offset...]) }
            deadline = [work.deadline, output.deadline].compactMap { $0 }.min()
            let status = output.status
            monitor.signal { $0.status = status }
        }
    }

    /// Waits until there is something to do; takes the lines that are due if the batch before is written.
    private func next(_ batch: inout [UInt8], _ offset: inout Int, deadline: MonotonicTime?) -> Work {
        let isWritten = offset >= batch.count
        let work: Work? = monitor.wait(until: deadline) { state in
            let now = MonotonicClock.time
            let isDue = isWritten && state.flush.isDue(at: now)
            guard state.isChanged || isDue || deadline.map({ now >= $0 }) ?? false else { return nil }
            state.isChanged = false
            if isWritten && (isDue || state.isClosing || state.mustReopen) {
                batch.removeAll(keepingCapacity: true)
                offset = 0
                swap(&batch, &state.pending)
                state.flush.taken()
            }
            defer { state.mustReopen = false }
            return Work(
                mustReopen: state.mustReopen, isClosing: state.isClosing,
                // While a failed batch waits, the output's own deadline counts, not that of newer lines.
                deadline: isWritten ? state.flush.deadline : nil)
        }
        return work ?? Work(mustReopen: false, isClosing: false, deadline: nil)
    }

    /// The last of the thread: what could not be written is counted as lost.
    private func finish(unwritten: ArraySlice<UInt8>) {
        var lost = lineCount(unwritten)
        let rest: [UInt8] = monitor.withLock { state in
            defer { state.pending = [] }
            return state.pending
        }
        if unwritten.isEmpty && !rest.isEmpty {
            // Lines that came while the last batch was being written.
            let now = MonotonicClock.time
            let count = rest.withUnsafeBytes {
                output.write($0, now: now, wall: MonotonicClock.wallMicroseconds() / 1_000_000)
            }
            lost += lineCount(rest[count...])
        } else {
            lost += lineCount(rest[...])
        }
        output.finish()
        let status = output.status
        monitor.signal { state in
            state.status = status
            state.dropped += lost
        }
    }

    private func lineCount(_ bytes: ArraySlice<UInt8>) -> Int {
        bytes.reduce(0) { $0 + ($1 == UInt8(ascii: "\n") ? 1 : 0) }
    }
}
