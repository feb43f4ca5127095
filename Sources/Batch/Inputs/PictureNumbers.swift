/// Pictures whose names differ in a number: one video.
public struct PictureNumbers: Sendable, Equatable {
    /// A picture.
    public struct Picture: Sendable, Equatable {
        /// Its number.
        public var number: Int
        /// The bytes of its name.
        public var name: [UInt8]
    }

    /// What stands before the number in each name.
    public var prefix: [UInt8]
    /// What stands behind it.
    public var suffix: [UInt8]
    /// The pictures, their numbers ascending.
    public var pictures: [Picture]

    /// How they are called: `img_%04d.png`, or with `%d` where the numbers are not all as long.
    public var pattern: [UInt8] {
        let lengths = Set(pictures.map { $0.name.count - prefix.count - suffix.count })
        let digits = lengths.count == 1 && lengths.first! > 1 ? "%0\(lengths.first!)d" : "%d"
        return prefix + Array(digits.utf8) + suffix
    }

    /// Numbers that are missing between the first and the last, as ranges.
    public var gaps: [ClosedRange<Int>] {
        zip(pictures, pictures.dropFirst()).compactMap {
            $1.number - $0.number > 1 ? $0.number + 1...$1.number - 1 : nil
        }
    }

    /// Puts names together that differ in their last number.
    ///
    /// - Returns: the sequences, in the order of their first names, and the names that belong to none: without a number, alone with what
    ///   stands around it, or with a number that another name has already.
    package static func group(_ names: [[UInt8]]) -> (sequences: [PictureNumbers], rest: [[UInt8]]) {
        struct Around: Hashable {
            var prefix: [UInt8]
            var suffix: [UInt8]
        }
        var order: [Around] = []
        var groups: [Around: [Picture]] = [:]
        var rest: [[UInt8]] = []
        for name in names {
            guard let (range, number) = lastNumber(in: name) else {
                rest.append(name)
                continue
            }
            let around = Around(prefix: Array(name[..<range.lowerBound]), suffix: Array(name[range.upperBound...]))
            if groups[around] == nil { order.append(around) }
            groups[around, default: []].append(Picture(number: number, name: name))
        }
        var sequences: [PictureNumbers] = []
        for around in order {
            let (pictures, doubles) = ordered(groups[around] ?? [])
            rest += doubles
            if pictures.count > 1 {
                sequences.append(PictureNumbers(prefix: around.prefix, suffix: around.suffix, pictures: pictures))
            } else {
                rest += pictures.map(\.name)
            }
        }
        return (sequences, rest)
    }

    /// Sorts by number; of two with one number the second is a double.
    fileprivate static func ordered(_ pictures: [Picture]) -> (pictures: [Picture], doubles: [[UInt8]]) {
        var result: [Picture] = []
        var doubles: [[UInt8]] = []
        for picture in pictures.sorted(by: { ($0.number, $0.name.count) < ($1.number, $1.name.count) }) {
            if result.last?.number == picture.number { doubles.append(picture.name) } else { result.append(picture) }
        }
        return (result, doubles)
    }

    /// The last run of digits before the end of the name.
    private static func lastNumber(in name: [UInt8]) -> (range: Range<Int>, number: Int)? {
        let stem = name[..<(name.lastIndex(of: UInt8(ascii: ".")) ?? name.count)]
        guard let last = stem.lastIndex(where: isDigit) else { return nil }
        let first = (stem[..<last].lastIndex { !isDigit($0) } ?? -1) + 1
        return number(name[first...last]).map { (first..<(last + 1), $0) }
    }

    fileprivate static func isDigit(_ byte: UInt8) -> Bool { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) }

    fileprivate static func number(_ digits: ArraySlice<UInt8>) -> Int? {
        digits.count <= 15 ? Int(String(decoding: digits, as: UTF8.self)) : nil
    }
}

/// The name of numbered pictures: `img_%04d.png`, `%d.jpg`.
package struct PicturePattern: Equatable {
    private let prefix: [UInt8]
    private let suffix: [UInt8]

    /// Reads a pattern; nil when it holds no `%d`, or more than one.
    package init?(_ name: [UInt8]) {
        guard let start = name.firstIndex(of: UInt8(ascii: "%")) else { return nil }
        let end = name[(start + 1)...].firstIndex { !PictureNumbers.isDigit($0) } ?? name.count
        guard end < name.count, name[end] == UInt8(ascii: "d") else { return nil }
        prefix = Array(name[..<start])
        suffix = Array(name[(end + 1)...])
        if suffix.contains(UInt8(ascii: "%")) { return nil }
    }

    /// The pictures that have such names; nil when there are none. How many digits the pattern asks for makes no difference.
    package func sequence(of names: [[UInt8]]) -> PictureNumbers? {
        let pictures = names.compactMap { name -> PictureNumbers.Picture? in
            guard name.count > prefix.count + suffix.count, name.starts(with: prefix),
                name.suffix(suffix.count) == suffix[...]
            else { return nil }
            let digits = name[prefix.count..<(name.count - suffix.count)]
            guard digits.allSatisfy(PictureNumbers.isDigit) else { return nil }
            return PictureNumbers.number(digits).map { PictureNumbers.Picture(number: $0, name: name) }
        }
        let ordered = PictureNumbers.ordered(pictures).pictures
        return ordered.isEmpty ? nil : PictureNumbers(prefix: prefix, suffix: suffix, pictures: ordered)
    }
}
