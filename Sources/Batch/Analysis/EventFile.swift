internal import Expression
internal import Pipeline
internal import Platform
internal import Records
internal import Sinks
internal import SystemPackage

/// The file of events beside a file of records: `door.events.jsonl` for `door.jsonl`.
enum EventFile {
    /// What became of the events.
    ///
    /// - Parameters:
    ///   - status: of the closed sink that took them.
    ///   - records: the file of records beside them.
    static func tally(of report: AnalysisReport, _ status: SinkStatus, beside records: FilePath) -> EventTally {
        let totals = report.counters.events
        return EventTally(
            lines: Int(status.records), bytes: Int(FileFacts(EventsFile.path(beside: records))?.size ?? 0),
            segments: totals.segments, blinks: totals.blinks, winks: totals.winks, watched: totals.watched,
            tooSlow: totals.tooSlow, unseen: totals.unseen)
    }
}
