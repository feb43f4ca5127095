internal import Glibc
internal import JSON
package import Platform
internal import Records

/// Draws the newest records fifteen times a second until there are no more.
package struct WatchScreen {
    private let newest: NewestRecords
    private let hasColour: Bool
    private let write: (String) -> Void

    /// Makes a screen that shows nothing yet.
    ///
    /// - Parameter write: writes to standard output.
    package init(newest: NewestRecords, hasColour: Bool, write: @escaping (String) -> Void) {
        self.newest = newest
        self.hasColour = hasColour
        self.write = write
    }

    /// Draws until there are no more records.
    ///
    /// - Throws: the `Failure` that ended the records, if one did.
    package func show() throws(Failure) {
        let isTerminal = isatty(1) == 1
        // The alternate screen, without a cursor: what stood there before comes back at the end.
        if isTerminal { write("\u{1B}[?1049h\u{1B}[?25l") }
        var rates: [String: (count: Int, time: Int64, rate: Double?)] = [:]
        var drawn: [String: [UInt8]] = [:]
        while true {
            let state = newest.state.withLock { $0 }
            let now = MonotonicClock.now()
            for (name, count) in state.counts {
                let before = rates[name] ?? (count, now, nil)
                let span = Double(now - before.time) / 1e9
                if rates[name] == nil { rates[name] = before }
                if span >= 1 { rates[name] = (count, now, Double(count - before.count) / span) }
            }
            if state.lines != drawn {
                drawn = state.lines
                draw(state, rates: rates.compactMapValues(\.rate), isTerminal: isTerminal)
            }
            if state.isOver {
                if isTerminal { write("\u{1B}[?25h\u{1B}[?1049l") }
                if let failure = state.failure { throw failure }
                return
            }
            usleep(isTerminal ? 66_000 : 1_000_000)
        }
    }

    private func draw(_ state: NewestRecords.State, rates: [String: Double], isTerminal: Bool) {
        let size = isTerminal ? Self.size() : (columns: 120, rows: 1_000)
        let view = WatchView(columns: size.columns, rows: size.rows, hasColour: hasColour)
        let records = state.order.compactMap { name in
            state.lines[name].flatMap { try? JSONValue(parsing: $0) }
        }
        if isTerminal {
            let lines = view.draw(records, rates: rates, note: state.note)
            write("\u{1B}[H" + lines.map { $0 + "\u{1B}[K\r\n" }.joined() + "\u{1B}[J")
        } else {
            write(records.map { view.line($0) + "\n" }.joined())
        }
    }

    private static func size() -> (columns: Int, rows: Int) {
        var size = winsize()
        guard ioctl(1, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0 else { return (80, 24) }
        // The last row is left alone: a line break in it would scroll.
        return (Int(size.ws_col), Int(size.ws_row) - 1)
    }
}
