/// A UTC time of day and date of the proleptic Gregorian calendar, to the millisecond.
///
/// Foundation's formatters bring the whole of ICU with them; this is all that records need. The calendar arithmetic
/// counts days in 400-year eras that start on 1 March, so that the leap day is the last day of a year
/// (E. M. Reingold and N. Dershowitz, Calendrical Calculations, 4th ed., 2018, chapter 2).
public struct UTCTime: Sendable, Equatable {
    /// Year, 0-9999.
    public let year: Int
    /// 1-12.
    public let month: Int
    /// 1-31.
    public let day: Int
    /// Hour, 0-23.
    public let hour: Int
    /// Minute, 0-59.
    public let minute: Int
    /// Second, 0-59; leap seconds are not told apart.
    public let second: Int
    /// Millisecond, 0-999.
    public let millisecond: Int

    /// Takes a time apart, cutting below the millisecond; nil outside the years 0-9999, which RFC 3339 cannot write.
    ///
    /// - Parameter microseconds: since 1970-01-01T00:00:00Z, without leap seconds.
    public init?(microseconds: Int64) {
        let (days, rest) = UTCTime.floorDivide(microseconds, by: 86_400_000_000)
        // Days since 0000-03-01: 719468 of them had passed on 1970-01-01.
        let (era, dayOfEra) = UTCTime.floorDivide(days + 719_468, by: 146_097)
        let yearOfEra = (dayOfEra - dayOfEra / 1_460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        // Months from March: lengths 31, 30, 31, 30, 31 repeat, 153 days each five.
        let shifted = (5 * dayOfYear + 2) / 153
        month = Int(shifted < 10 ? shifted + 3 : shifted - 9)
        day = Int(dayOfYear - (153 * shifted + 2) / 5 + 1)
        year = Int(yearOfEra + era * 400) + (month <= 2 ? 1 : 0)
        hour = Int(rest / 3_600_000_000)
        minute = Int(rest / 60_000_000 % 60)
        second = Int(rest / 1_000_000 % 60)
        millisecond = Int(rest / 1_000 % 1_000)
        guard (0...9999).contains(year) else { return nil }
    }

    /// RFC 3339 with milliseconds: `2026-11-22T08:16:27.066Z`.
    public var text: String {
        var bytes: [UInt8] = []
        append(to: &bytes)
        return String(decoding: bytes, as: UTF8.self)
    }

    /// The compact form for file names, to the second: `20261122T081627Z`.
    public var stamp: String {
        var bytes: [UInt8] = []
        appendDate(to: &bytes, separator: nil)
        bytes.append(UInt8(ascii: "T"))
        appendClock(to: &bytes, separator: nil)
        bytes.append(UInt8(ascii: "Z"))
        return String(decoding: bytes, as: UTF8.self)
    }

    /// Appends `text` to a buffer.
    public func append(to bytes: inout [UInt8]) {
        appendDate(to: &bytes, separator: UInt8(ascii: "-"))
        bytes.append(UInt8(ascii: "T"))
        appendClock(to: &bytes, separator: UInt8(ascii: ":"))
        bytes.append(UInt8(ascii: "."))
        bytes.appendDecimal(UInt64(millisecond), atLeast: 3)
        bytes.append(UInt8(ascii: "Z"))
    }

    private func appendDate(to bytes: inout [UInt8], separator: UInt8?) {
        bytes.appendDecimal(UInt64(year), atLeast: 4)
        if let separator { bytes.append(separator) }
        bytes.appendDecimal(UInt64(month), atLeast: 2)
        if let separator { bytes.append(separator) }
        bytes.appendDecimal(UInt64(day), atLeast: 2)
    }

    private func appendClock(to bytes: inout [UInt8], separator: UInt8?) {
        bytes.appendDecimal(UInt64(hour), atLeast: 2)
        if let separator { bytes.append(separator) }
        bytes.appendDecimal(UInt64(minute), atLeast: 2)
        if let separator { bytes.append(separator) }
        bytes.appendDecimal(UInt64(second), atLeast: 2)
    }

    private static func floorDivide(_ value: Int64, by divisor: Int64) -> (quotient: Int64, remainder: Int64) {
        let (quotient, remainder) = value.quotientAndRemainder(dividingBy: divisor)
        return remainder < 0 ? (quotient - 1, remainder + divisor) : (quotient, remainder)
    }
}
