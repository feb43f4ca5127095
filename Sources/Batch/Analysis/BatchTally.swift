internal import Platform

/// What became of the inputs of a batch, and what was passed over.
struct BatchTally: Sendable {
    /// What became of an input.
    enum Fate: Sendable, Equatable {
        /// All of it was analysed; whether a face was seen in it, as far as that is known.
        case done(hasFaces: Bool?)
        /// An earlier run had finished it.
        case before
        /// It could not be analysed.
        case failed(String)
        /// Something of it is missing.
        case incomplete(String)
        /// Too much of it is damaged.
        case damaged(String)
        /// It was stopped; where what was read is, if there is something.
        case stopped(String?)
    }

    /// Names that are told of each kind.
    static let namesAtMost = 30

    /// Inputs, in order; nil was not begun.
    private(set) var fates: [Fate?]
    private let names: [String]
    private let passedOver: [PassedOver]

    init(jobs: [Job], passedOver: [PassedOver] = []) {
        fates = Array(repeating: nil, count: jobs.count)
        names = jobs.map(\.input.name)
        self.passedOver = passedOver
    }

    /// Notes what became of an input.
    mutating func note(_ fate: Fate, of index: Int) { fates[index] = fate }

    /// Inputs that did not come out as they should, and folders and files that could not be looked at.
    var failures: Int {
        fates.count { fate in
            switch fate {
            case .failed, .incomplete, .damaged: true
            default: false
            }
        } + passedOver.count { $0.reason == .unreadable }
    }

    /// Whether people must be told, whatever they do not want to hear.
    var mustBeTold: Bool {
        failures > 0 || fates.contains { $0 == nil || $0.isStopped } || passedOver.contains(where: \.reason.mayBeMedia)
    }

    /// The table, line by line: what there is, how many, and the names of what is not as it should be.
    func lines(title: String) -> [String] {
        var lines = [title]
        func add(_ what: String, _ count: Int, _ details: [String] = [], note: String? = nil) {
            guard count > 0 else { return }
            let number = "\(count)"
            lines.append(
                "  " + what + String(repeating: " ", count: max(1, 24 - what.count - number.count)) + number
                    + (note.map { "  \($0)" } ?? ""))
            lines += details.prefix(Self.namesAtMost).map { "      \($0.visible)" }
            if details.count > Self.namesAtMost {
                lines.append("      and \(details.count - Self.namesAtMost) more (--log-level debug names all)")
            }
        }
        func details(_ text: (Fate) -> String??) -> [String] {
            zip(names, fates).compactMap { name, fate in
                guard let fate, let found = text(fate) else { return nil }
                guard let more = found else { return name }
                // What names itself is not named twice.
                return more.contains(name) ? more : "\(name): \(more)"
            }
        }
        let done = details { if case .done = $0 { .some(nil) } else { nil } }
        add("done", done.count)
        let empty = details { $0 == .done(hasFaces: false) ? .some(nil) : nil }
        add("of them without faces", empty.count, empty)
        add("finished before", details { $0 == .before ? .some(nil) : nil }.count)
        let failed = details { if case .failed(let text) = $0 { .some(text) } else { nil } }
        add("failed", failed.count, failed)
        let incomplete = details { if case .incomplete(let text) = $0 { .some(text) } else { nil } }
        add("incomplete", incomplete.count, incomplete)
        let damaged = details { if case .damaged(let text) = $0 { .some(text) } else { nil } }
        add("damaged", damaged.count, damaged)
        let stopped = details { if case .stopped(let text) = $0 { .some(text) } else { nil } }
        add("stopped", stopped.count, stopped)
        add("not begun", fates.count { $0 == nil })
        for (reason, files) in groups { add("passed over", files.count, files, note: reason.words) }
        return lines
    }

    /// What was passed over, by reason, in the order in which reasons came.
    private var groups: [(reason: PassedOver.Reason, files: [String])] {
        var order: [PassedOver.Reason] = []
        var files: [PassedOver.Reason: [String]] = [:]
        for one in passedOver {
            if files[one.reason] == nil { order.append(one.reason) }
            files[one.reason, default: []].append(one.name + (one.detail.map { ": \($0)" } ?? ""))
        }
        return order.sorted { $0.mayBeMedia && !$1.mayBeMedia }.map { ($0, files[$0] ?? []) }
    }
}

extension BatchTally.Fate? {
    fileprivate var isStopped: Bool { if case .stopped? = self { true } else { false } }
}
