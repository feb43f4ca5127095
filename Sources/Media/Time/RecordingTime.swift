/// When a recording was begun, as its file says.
///
/// Such tags are to be believed with care: many cameras write local time and call it UTC, editors keep the tag of what they cut, and clocks
/// are set wrong. So it is used only where the user asks for it (`MediaOptions.clock`).
public struct RecordingTime: Sendable, Equatable {
    /// Microseconds of UTC since 1970.
    public var microseconds: Int64
    /// The tag that says so, such as `creation_time`.
    public var tag: String
    /// True when the tag names its time zone in digits, which is not written by mistake; false for a bare "Z" or none, both taken for UTC.
    public var hasZone: Bool

    /// The tags that are looked for, the most trustworthy first: that of phones, which has the time zone, then that of most containers,
    /// then those of cameras' own formats.
    static let tags = [
        "com.apple.quicktime.creationdate", "creation_time", "DateTimeOriginal", "date", "modification_date",
    ]

    /// Reads a tag's text: a date and a time of day of ISO 8601, `2024-05-01T12:34:56.5Z`, with `Z`, an offset or nothing.
    ///
    /// - Returns: nil for anything else, and for years before 1990 or after 2100: containers that were never told a time have 1904 or 1970.
    package init?(_ text: String, tag: String) {
        var rest = Substring(text)
        func digits(_ count: Int) -> Int? {
            let part = rest.prefix(count)
            guard part.utf8.count == count, part.utf8.allSatisfy({ (48...57).contains($0) }) else { return nil }
            rest = rest.dropFirst(count)
            return Int(part)
        }
        func take(_ marks: String) -> Bool {
            guard let first = rest.first, marks.contains(first) else { return false }
            rest = rest.dropFirst()
            return true
        }
        guard let year = digits(4), take("-:"), let month = digits(2), take("-:"), let day = digits(2), take("T "),
            let hour = digits(2), take(":"), let minute = digits(2), take(":"), let second = digits(2),
            (1990...2100).contains(year), (1...12).contains(month), (1...31).contains(day), hour < 24, minute < 60,
            second <= 60
        else { return nil }
        var fraction = 0
        if take(".") {
            var unit = 100_000
            while let digit = digits(1) {
                fraction += digit * unit
                unit /= 10
            }
        }
        var offset = 0
        hasZone = rest.first == "+" || rest.first == "-"
        if hasZone {
            let sign = rest.first == "-" ? -1 : 1
            rest = rest.dropFirst()
            guard let hours = digits(2) else { return nil }
            _ = take(":")
            guard let minutes = rest.isEmpty ? 0 : digits(2), hours < 24, minutes < 60 else { return nil }
            offset = sign * (hours * 60 + minutes)
        } else {
            _ = take("Z")
        }
        guard rest.isEmpty else { return nil }
        let minutes = Self.days(year, month, day) * 1440 + hour * 60 + minute - offset
        microseconds = (Int64(minutes) * 60 + Int64(second)) * 1_000_000 + Int64(fraction)
        self.tag = tag
    }

    /// Days from 1970-01-01 in the Gregorian calendar; years begin in March, so that the leap day is the last.
    private static func days(_ year: Int, _ month: Int, _ day: Int) -> Int {
        let (y, m) = month > 2 ? (year, month - 3) : (year - 1, month + 9)
        let dayOfYear = (153 * m + 2) / 5 + day - 1
        return y * 365 + y / 4 - y / 100 + y / 400 + dayOfYear - 719_468
    }
}
