internal import Pipeline
package import Platform
package import Records

/// The newest record of each source, for who draws them.
package final class NewestRecords: RecordOutput {
    /// What is drawn.
    struct State {
        /// Sources in the order of their first records.
        var order: [String] = []
        /// The newest line of each source.
        var lines: [String: [UInt8]] = [:]
        /// Records of each source so far.
        var counts: [String: Int] = [:]
        /// What is told below the records.
        var note = ""
        /// There will be no more records.
        var isOver = false
        /// Why there will be none.
        var failure: Failure?
    }

    let state = Guarded(State())

    /// None so far.
    package init() {}

    /// Takes a record; events are none.
    package func write(_ line: EncodedLine) {
        guard line.kind == .record, let source = line.source else { return }
        take(line.bytes, of: source)
    }

    /// Takes the line of a record.
    package func take(_ line: [UInt8], of source: String) {
        state.withLock { state in
            if state.lines[source] == nil { state.order.append(source) }
            state.lines[source] = line
            state.counts[source, default: 0] += 1
        }
    }

    /// What is told below the records.
    package func note(_ text: String) { state.withLock { $0.note = text } }

    /// There will be no more.
    package func end(_ failure: Failure?) {
        state.withLock { state in
            state.isOver = true
            state.failure = state.failure ?? failure
        }
    }
}
