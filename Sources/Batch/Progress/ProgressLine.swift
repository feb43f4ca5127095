package import Pipeline
internal import Records

/// What is being worked on, as people read it.
public struct ProgressHeading: Sendable, Equatable {
    /// The input's name.
    public var name: String
    /// Which of how many inputs it is, from 1.
    public var number: Int
    /// How many inputs there are.
    public var count: Int

    /// Makes a heading.
    public init(name: String, number: Int, count: Int) {
        self.name = name
        self.number = number
        self.count = count
    }

    /// `[3/300] name`, or the name alone when it is the only one.
    var text: String { count > 1 ? "[\(number)/\(count)] \(name.visible)" : name.visible }
}

extension String {
    /// The text without what would break a line or command a terminal: names may hold anything.
    var visible: String {
        String(
            String.UnicodeScalarView(
                unicodeScalars.map { $0.value < 0x20 || (0x7F..<0xA0).contains($0.value) ? "?" : $0 }))
    }
}

/// Progress as text. Pure.
package enum ProgressLine {
    /// One line of at most `width` characters: heading, bar, frames, media time, speed, time left.
    package static func bar(_ heading: ProgressHeading, _ progress: AnalysisProgress, width: Int) -> String {
        let facts = facts(progress)
        let part = progress.part.map { percent($0) + " " } ?? ""
        // The bar gets what is left, up to 30 characters; a narrow terminal has none.
        let room = width - heading.text.count - facts.count - part.count - 5
        var line = heading.text + " "
        if let done = progress.part, room >= 8 {
            let length = min(room, 30)
            let filled = Int(done * Double(length))
            line += "[" + String(repeating: "#", count: filled) + String(repeating: "-", count: length - filled) + "] "
        }
        line += part + facts
        return line.count <= width ? line : String(line.prefix(max(0, width)))
    }

    /// The same without a bar, for logs.
    package static func line(_ heading: ProgressHeading, _ progress: AnalysisProgress) -> String {
        let part = progress.part.map { ", \(Int($0 * 100))%" } ?? ""
        return "\(heading.text): \(facts(progress))\(part)"
    }

    /// How far several inputs are that are analysed side by side: how many have ended, the part of each, and the speed of all together.
    ///
    /// - Parameters:
    ///   - inputs: those in work; one without progress has just begun.
    ///   - width: characters at most; nil leaves the length open.
    package static func several(
        _ inputs: [(heading: ProgressHeading, progress: AnalysisProgress?)], ended: Int, width: Int?
    ) -> String {
        let known = inputs.compactMap(\.progress).filter { $0.elapsed > 0 }
        let speed = fixed(known.reduce(0) { $0 + $1.mediaTime / $1.elapsed }) + "x"
        let head = "[\(ended)/\(inputs.first?.heading.count ?? 0)] \(inputs.count) in work  \(speed) "
        var line = head
        for (number, (heading, progress)) in inputs.enumerated() {
            let part = progress?.part.map { " \(Int($0 * 100))%" } ?? ""
            let text = (number == 0 ? " " : ", ") + heading.name.visible + part
            let rest = inputs.count - number - 1
            // What does not fit is counted.
            let more = ", \(rest + 1) more"
            if let width, (line + text).count + (rest > 0 ? more.count : 0) > width {
                line += number == 0 ? "" : more
                break
            }
            line += text
        }
        return width.map { String(line.prefix(max(0, $0))) } ?? line
    }

    /// What is said at the end.
    package static func summary(_ heading: ProgressHeading, _ report: AnalysisReport) -> String {
        let progress = report.progress
        var text =
            "\(heading.text): \(progress.records) records, \(clock(progress.mediaTime)) in "
            + "\(clock(progress.elapsed)) (\(speed(progress)))"
        if report.damaged > 0 { text += ", \(report.damaged) damaged frames or packets passed over" }
        if report.end == .stopped { text += ", stopped" }
        return text
    }

    /// What is missing or doubtful of an input, in words.
    package static func doubts(_ heading: ProgressHeading, _ report: AnalysisReport) -> [String] {
        var doubts = report.remarks.map { "\(heading.text): \($0)" }
        let frames = report.progress.captured
        if report.damaged > 0 {
            doubts.append("\(heading.text): \(report.damaged) damaged frames or packets among \(frames) frames")
        }
        if report.counters.leftOut > 0 {
            doubts.append("\(heading.text): \(report.counters.leftOut) faces of too little quality were left out")
        }
        if report.counters.full > 0 {
            doubts.append(
                "\(heading.text): \(report.counters.full) of \(frames) frames have as many faces as are followed; --max-faces follows more"
            )
        }
        if let neutral = report.neutral, let doubt = self.doubt(neutral, report) {
            doubts.append("\(heading.text): \(doubt)")
        }
        if let shortfall = report.shortfall {
            let expected = shortfall.expectedFrames.map { "\(frames) of \(max($0, frames)) frames were read" }
            let duration = shortfall.expectedSeconds.map {
                "\(clock(report.progress.mediaTime)) of \(clock($0)) were read"
            }
            doubts.append(
                (["\(heading.text): incomplete: \(shortfall.reason)"] + [expected ?? duration].compactMap { $0 })
                    .joined(separator: "; "))
        }
        return doubts
    }

    /// What came of a time at which the faces were said to be neutral, where it is not what was meant.
    private static func doubt(_ neutral: RunInfo.Neutral, _ report: AnalysisReport) -> String? {
        guard report.end == .ended else { return nil }
        guard let pts = neutral.pts else {
            let end = report.counters.lastPTS.map { "; the last frame is at \(clock($0))" } ?? ""
            return "nobody was seen at or after \(clock(neutral.asked)): no neutral face was frozen\(end)"
        }
        guard pts > neutral.asked + 1 else { return nil }
        return "nobody was seen at \(clock(neutral.asked)); the faces at \(clock(pts)) were taken for neutral"
    }

    /// Why the intensities of some people are doubtful; nil where there is no reason to think so.
    package static func sharing(_ heading: ProgressHeading, _ report: AnalysisReport) -> String? {
        guard report.sharersOfBaseline > 1 else { return nil }
        return
            "\(heading.text): --baseline holds one person's neutral face, which was taken off \(report.sharersOfBaseline) faces at once: "
            + "it is right for one of them at most"
    }

    /// Where the time went, for who wants to know.
    package static func details(_ counters: PipelineCounters) -> String {
        let stages = counters.stages.map { stage in
            let mean = stage.durations.count > 0 ? stage.durations.sum / Double(stage.durations.count) : 0
            return
                "\(stage.name) \(fixed(mean * 1000)) ms a frame (at most \(fixed(stage.durations.maximum * 1000)) ms)"
        }
        let queues = counters.queues.map { queue in
            "\(queue.name) \(queue.counters.highWater)/\(queue.counters.capacity) at most, "
                + "\(queue.counters.waits) waits"
        }
        return (stages + queues).joined(separator: "; ")
    }

    private static func facts(_ progress: AnalysisProgress) -> String {
        let frames =
            progress.frames.map { "\(progress.captured)/\(max($0, progress.captured))" } ?? "\(progress.captured)"
        let duration = progress.duration.map { "/" + clock($0) } ?? ""
        var text = "\(frames) frames  \(clock(progress.mediaTime))\(duration)  \(speed(progress))"
        if let left = left(progress) { text += "  \(clock(left)) left" }
        return text
    }

    /// Seconds that are left at the speed so far; nil when it cannot be told yet.
    package static func left(_ progress: AnalysisProgress) -> Double? {
        guard let part = progress.part, part > 0, progress.elapsed >= 0.5 else { return nil }
        return progress.elapsed * (1 - part) / part
    }

    private static func speed(_ progress: AnalysisProgress) -> String {
        guard progress.elapsed > 0 else { return "0.0x" }
        return fixed(progress.mediaTime / progress.elapsed) + "x"
    }

    private static func percent(_ part: Double) -> String {
        let text = "\(Int(part * 100))%"
        return String(repeating: " ", count: max(0, 4 - text.count)) + text
    }

    /// `0:27.1` or `1:02:03`.
    package static func clock(_ seconds: Double) -> String {
        guard seconds.isFinite, seconds >= 0, seconds < 1e9 else { return "?" }
        let tenths = Int(seconds * 10)
        let (hours, minutes, whole) = (tenths / 36_000, tenths / 600 % 60, tenths / 10 % 60)
        func two(_ value: Int) -> String { value < 10 ? "0\(value)" : "\(value)" }
        return hours > 0 ? "\(hours):\(two(minutes)):\(two(whole))" : "\(minutes):\(two(whole)).\(tenths % 10)"
    }

    private static func fixed(_ value: Double) -> String {
        guard value.isFinite, value < 1e9 else { return "?" }
        let tenths = Int((value * 10).rounded())
        return "\(tenths / 10).\(tenths % 10)"
    }
}
