public import JSON
internal import Platform

extension JSONWriter {
    /// Writes a UTC time as a string, `2026-11-22T08:16:27.066Z`; `null` where it is not known.
    public mutating func time(microseconds: Int64?) {
        guard let microseconds, let time = UTCTime(microseconds: microseconds) else { return null() }
        plainString { time.append(to: &$0) }
    }
}
