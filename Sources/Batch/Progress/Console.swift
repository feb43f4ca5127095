internal import Glibc
internal import Media
internal import Platform
internal import Synchronization

/// What a program says to people, on standard error: messages, and a progress bar where that is a terminal.
///
/// Standard output is for data only.
public final class Console: Sendable {
    /// How grave a message is.
    public enum Level: String, Sendable, CaseIterable, Comparable {
        /// For who looks for a fault.
        case debug
        /// What is done.
        case info
        /// Something is odd and was worked around.
        case warning
        /// Something failed.
        case error

        /// By gravity.
        public static func < (a: Level, b: Level) -> Bool {
            allCases.firstIndex(of: a)! < allCases.firstIndex(of: b)!
        }
    }

    private struct State {
        /// What is being worked on, in the order of beginning.
        var headings: [ProgressHeading] = []
        /// How far those are, by their numbers.
        var progress: [Int: AnalysisProgress] = [:]
        /// Inputs that have come to their end.
        var ended = 0
        /// When progress was shown last, on `MonotonicClock`.
        var shown: Int64 = .min
        var hasBar = false
    }

    private let program: String
    private let threshold: Level
    /// Whether progress is left out.
    let isQuiet: Bool
    private let isTerminal: Bool
    private let state = Mutex(State())

    /// Makes a console.
    ///
    /// - Parameters:
    ///   - program: what messages begin with.
    ///   - threshold: messages below it are left out.
    ///   - isQuiet: whether progress is left out.
    public init(program: String, threshold: Level, isQuiet: Bool) {
        self.program = program
        self.threshold = threshold
        self.isQuiet = isQuiet
        let terminal = getenv("TERM").map { String(cString: $0) }
        isTerminal = isatty(2) == 1 && terminal != "dumb"
    }

    /// Says something.
    public func say(_ level: Level, _ message: String) {
        guard level >= threshold else { return }
        let prefix = level == .info ? "" : "\(level.rawValue): "
        state.withLock { state in
            clear(&state)
            let text = message.split(separator: "\n", omittingEmptySubsequences: false).map { String($0).visible }
            write("\(program): \(prefix)\(text.joined(separator: "\n"))\n")
        }
    }

    func begin(_ heading: ProgressHeading) {
        state.withLock { state in
            state.headings.append(heading)
            // A bar stands at once; a line says something only when there is something to say.
            if state.headings.count == 1 { state.shown = isTerminal ? .min : MonotonicClock.now() }
        }
    }

    /// Shows progress when it is time: a bar ten times a second, a line each ten seconds. Several inputs share one.
    func progress(_ progress: AnalysisProgress, of heading: ProgressHeading) {
        state.withLock { state in
            state.progress[heading.number] = progress
            show(&state) { state, width in
                guard state.headings.count > 1 else {
                    return width.map { ProgressLine.bar(heading, progress, width: $0) }
                        ?? ProgressLine.line(heading, progress)
                }
                let all = state.headings.map { ($0, state.progress[$0.number]) }
                return ProgressLine.several(all, ended: state.ended, width: width)
            }
        }
    }

    /// Shows how far a conversion is, when it is time.
    func progress(_ progress: ConversionProgress) {
        state.withLock { state in
            guard let heading = state.headings.last else { return }
            show(&state) { _, width in String(progress.text(heading).prefix(width ?? .max)) }
        }
    }

    /// - Parameter text: makes what is shown, of so many characters at most; nil leaves the length open.
    private func show(_ state: inout State, _ text: (State, Int?) -> String) {
        let now = MonotonicClock.now()
        let pause: Int64 = isTerminal ? 100_000_000 : 10_000_000_000
        guard !isQuiet, !state.headings.isEmpty, state.shown == .min || now - state.shown >= pause else { return }
        state.shown = now
        if isTerminal {
            state.hasBar = true
            write("\r\u{1b}[K" + text(state, Self.width - 1))
        } else {
            write("\(program): \(text(state, nil))\n")
        }
    }

    func end(_ heading: ProgressHeading, _ report: AnalysisReport) {
        endFailed(heading)
        if !isQuiet { say(.info, ProgressLine.summary(heading, report)) }
        for doubt in ProgressLine.doubts(heading, report) { say(.warning, doubt) }
        if let warning = ProgressLine.sharing(heading, report) { say(.warning, warning) }
        say(.debug, ProgressLine.details(report.counters))
    }

    /// Tells the end of a conversion.
    func end(_ heading: ProgressHeading, _ report: ConversionReport) {
        endFailed(heading)
        if !isQuiet { say(.info, report.text(heading)) }
    }

    func endFailed(_ heading: ProgressHeading) {
        state.withLock { state in
            clear(&state)
            state.headings.removeAll { $0.number == heading.number }
            state.progress[heading.number] = nil
            state.ended += 1
        }
    }

    /// An input is at its end without having been begun.
    func passOver() { state.withLock { $0.ended += 1 } }

    /// Wipes the progress bar away, for a program that ends at once. Whoever is writing at this moment is not waited for.
    public func leave() {
        _ = state.withLockIfAvailable { state in
            clear(&state)
            state.headings = []
        }
    }

    private func clear(_ state: inout State) {
        if state.hasBar { write("\r\u{1b}[K") }
        state.hasBar = false
    }

    private func write(_ text: String) {
        var text = text
        // People can live with a message that cannot be shown.
        text.withUTF8 { _ = Glibc.write(2, $0.baseAddress, $0.count) }
    }

    private static var width: Int {
        var size = winsize()
        return ioctl(2, UInt(TIOCGWINSZ), &size) == 0 && size.ws_col > 0 ? Int(size.ws_col) : 80
    }
}
