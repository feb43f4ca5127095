internal import Expression
internal import Pipeline
internal import Platform
internal import Records
internal import Sinks
internal import SystemPackage

/// The file of events beside a file of records: `door.events.jsonl` for `door.jsonl`.
enum EventFile {
    /// How its name ends.
    static let ending = ".events.jsonl"

    /// Where the events of a file of records are.
    static func path(beside records: FilePath) -> FilePath {
        guard records.lastComponent != nil else { return records.appending("records" + ending) }
        // In bytes: a name need not be UTF-8.
        var path = records
        path.extension = nil
        return path.adding(ending)
    }

    /// What became of the events.
    ///
    /// - Parameters:
    ///   - status: of the closed sink that took them.
    ///   - records: the file of records beside them.
    static func tally(of report: AnalysisReport, _ status: SinkStatus, beside records: FilePath) -> EventTally {
        let totals = report.counters.events
        return EventTally(
            lines: Int(status.records), bytes: Int(FileFacts(path(beside: records))?.size ?? 0),
            segments: totals.segments, blinks: totals.blinks, winks: totals.winks, watched: totals.watched,
            tooSlow: totals.tooSlow, unseen: totals.unseen)
    }
}
