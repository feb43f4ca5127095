internal import Platform

extension Int64 {
    /// Microseconds since 1970 of a time as records write it, `2026-11-22T08:16:27.066Z`; nil if the text is none.
    init?(utcText raw: some Collection<UInt8>) {
        let bytes = Array(raw)
        let shape = Array("0000-00-00T00:00:00.000Z".utf8)
        guard bytes.count == shape.count else { return nil }
        for (byte, wanted) in zip(bytes, shape) {
            guard wanted == UInt8(ascii: "0") ? (0x30...0x39).contains(byte) : byte == wanted else { return nil }
        }
        func number(_ range: Range<Int>) -> Int { bytes[range].reduce(0) { $0 * 10 + Int($1 - 0x30) } }
        let (year, month, day) = (number(0..<4), number(5..<7), number(8..<10))
        // Days since 0000-03-01, in years that begin in March (see UTCTime).
        let shiftedYear = month <= 2 ? year - 1 : year
        let shiftedMonth = month <= 2 ? month + 9 : month - 3
        let era = shiftedYear >= 0 ? shiftedYear / 400 : -1
        let yearOfEra = shiftedYear - era * 400
        let dayOfYear = (153 * shiftedMonth + 2) / 5 + day - 1
        let days = era * 146_097 + yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear - 719_468
        let milliseconds =
            ((days * 24 + number(11..<13)) * 60 + number(14..<16)) * 60_000 + number(17..<19) * 1_000 + number(20..<23)
        self = Int64(milliseconds) * 1_000
        // A day that the month does not have, or a 25th hour, would come out as another time.
        guard let time = UTCTime(microseconds: self), time.year == year, time.month == month, time.day == day,
            time.hour == number(11..<13), time.minute == number(14..<16), time.second == number(17..<19)
        else { return nil }
    }
}
