/// How far a conversion is.
struct ConversionProgress {
    /// Records written.
    var records: Int
    /// Bytes read.
    var bytes: Int64
    /// Bytes that there are; nil where that is not known.
    var size: Int64?
    /// Seconds since it began.
    var elapsed: Double

    /// One line for people.
    func text(_ heading: ProgressHeading) -> String {
        var text = "\(heading.text): "
        if let size, size > 0 {
            let part = min(1, Double(bytes) / Double(size))
            text += "\(Int(part * 100))%, "
            if elapsed >= 0.5, part > 0 { text += "\(ProgressLine.clock(elapsed * (1 - part) / part)) left, " }
        }
        return text + "\(records) records"
    }
}

/// What a conversion has done.
struct ConversionReport {
    /// Records written.
    var records = 0
    /// Events that the format has no place for.
    var events = 0
    /// Whether it was stopped before the end.
    var isStopped = false
    /// Whether nobody reads the output any more.
    var isUnread = false

    /// One line for people.
    func text(_ heading: ProgressHeading) -> String {
        var text = "\(heading.text): \(records) records"
        if events > 0 { text += ", \(events) events passed over" }
        if isStopped { text += ", stopped" }
        return text
    }
}
