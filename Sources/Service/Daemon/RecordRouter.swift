internal import Pipeline
internal import Platform
internal import Records
internal import Sinks

/// The lines of one source on their way to all outputs that want them.
///
/// Outputs change while the source goes on. Lines are handed out without a lock; `route` waits until none is under way to the outputs
/// before, so that an output which was taken away gets nothing any more, and one that came in its place gets the next line. Handing out
/// is a copy into a buffer for each output; none of them blocks.
final class RecordRouter: RecordOutput {
    /// How long `route` waits for a line that is under way.
    private static let routeLimit: Duration = .seconds(2)

    private struct State {
        var sinks: [any RecordSink] = []
        /// Goes up with each `route`.
        var generation = 0
        /// Lines under way to the sinks of this generation, and of those before.
        var underWay = 0
        var underWayBefore = 0
    }

    private let state = Monitor(State())

    func write(_ line: EncodedLine) {
        let (sinks, generation) = state.withLock { state in
            state.underWay += 1
            return (state.sinks, state.generation)
        }
        LockRule.mustHoldNone("a line is handed to the outputs")
        for sink in sinks { sink.write(line) }
        let isAwaited = state.withLock { state in
            if state.generation == generation {
                state.underWay -= 1
                return false
            }
            state.underWayBefore -= 1
            return state.underWayBefore == 0
        }
        if isAwaited { state.signal { _ in } }
    }

    var wantsRecords: Bool {
        let sinks = state.withLock { $0.sinks }
        return sinks.contains(where: \.wantsRecords)
    }

    /// Where the lines go from now on.
    func route(to sinks: [any RecordSink]) {
        let before = state.withLock { state in
            defer { state.sinks = sinks }
            state.generation += 1
            state.underWayBefore += state.underWay
            state.underWay = 0
            return state.sinks
        }
        let _: Bool? = state.wait(until: MonotonicClock.time + Self.routeLimit) { $0.underWayBefore == 0 ? true : nil }
        // The last reference may go here, and with it what an output holds.
        withExtendedLifetime(before) {}
    }
}
