/// A value of the configuration that is written as one word or text: in the file, the environment and flags alike.
///
/// Values are read from the text itself and not from what YAML makes of it, so that `0640` is a file mode and `on` is never
/// silently true.
public protocol SettingValue: Sendable, Equatable {
    /// What is expected, in words: "a duration with its unit, such as 500ms, 10s, 2m or 1h".
    static var expected: String { get }

    /// Reads a value; nil if the text is none.
    init?(setting text: String)

    /// The text that reads back as this value.
    var settingText: String { get }

    /// What is probably meant by a text that is no value, for the person who wrote it.
    static func hint(for text: String) -> String?
}

extension SettingValue {
    /// No hint.
    public static func hint(for text: String) -> String? { nil }
}

/// The words that YAML 1.1 reads as truth values, beside `true` and `false`.
package enum YAMLWords {
    package static let truths: [String: Bool] = [
        "yes": true, "y": true, "on": true, "no": false, "n": false, "off": false,
    ]
    package static let nulls: Set<String> = ["null", "~", ""]

    /// What YAML 1.1 makes of a word that stands without quotes, where that is something else than a text.
    package static func otherMeaning(of word: String) -> String? {
        let lower = word.lowercased()
        if truths[lower] != nil || lower == "true" || lower == "false" { return "a truth value" }
        if nulls.contains(lower) { return "nothing" }
        if isBase60(word) { return "a number of base 60" }
        if Double(word.replacing("_", with: "")) != nil || Int(setting: word) != nil { return "a number" }
        return nil
    }

    /// Whether a word is like `12:30`, which YAML 1.1 reads as 750.
    package static func isBase60(_ word: String) -> Bool {
        let parts = word.split(separator: ":", omittingEmptySubsequences: false)
        guard parts.count > 1 else { return false }
        return parts.allSatisfy { !$0.isEmpty && $0.allSatisfy { $0.isNumber || $0 == "." } }
    }
}

extension Bool: SettingValue {
    /// What is expected, in words.
    public static var expected: String { "true or false" }

    /// Reads the text of a setting.
    public init?(setting text: String) {
        switch text {
        case "true": self = true
        case "false": self = false
        default: return nil
        }
    }

    /// The text that reads back as this value.
    public var settingText: String { self ? "true" : "false" }

    /// What is probably meant by a text that is no value.
    public static func hint(for text: String) -> String? {
        if let meant = YAMLWords.truths[text.lowercased()] {
            return "\(text) is a truth value in YAML 1.1 only: write \(meant)"
        }
        guard let meant = Bool(setting: text.lowercased()) else { return nil }
        return "write \(meant) in lower case"
    }
}

extension Int: SettingValue {
    /// What is expected, in words.
    public static var expected: String { "a whole number" }

    /// Reads the text of a setting.
    public init?(setting text: String) {
        guard text.utf8.allSatisfy({ (48...57).contains($0) || $0 == 45 }), let value = Int(text) else { return nil }
        self = value
    }

    /// The text that reads back as this value.
    public var settingText: String { String(self) }

    /// What is probably meant by a text that is no value.
    public static func hint(for text: String) -> String? { numberHint(text) }
}

extension Double: SettingValue {
    /// What is expected, in words.
    public static var expected: String { "a number" }

    /// Reads the text of a setting.
    public init?(setting text: String) {
        let isPlain = text.utf8.allSatisfy { (48...57).contains($0) || [45, 46, 43, 69, 101].contains($0) }
        guard isPlain, let value = Double(text), value.isFinite else { return nil }
        self = value
    }

    /// The text that reads back as this value.
    public var settingText: String {
        self == rounded() && magnitude < 1e15 ? String(Int(self)) : description
    }

    /// What is probably meant by a text that is no value.
    public static func hint(for text: String) -> String? { numberHint(text) }
}

private func numberHint(_ text: String) -> String? {
    if YAMLWords.isBase60(text) { return "\(text) would be a number of base 60 in YAML 1.1" }
    if text.contains(",") { return "write the decimals behind a point" }
    if text.contains("_") { return "write the digits without _" }
    if text.hasPrefix("0x") || text.hasPrefix("0o") { return "write it in decimal digits" }
    return nil
}

extension String: SettingValue {
    /// What is expected, in words.
    public static var expected: String { "a text" }

    /// Reads the text of a setting.
    public init?(setting text: String) { self = text }

    /// The text that reads back as this value.
    public var settingText: String { self }
}

extension Duration: SettingValue {
    /// What is expected, in words.
    public static var expected: String { "a duration with its unit, such as 500ms, 10s, 2m or 1h" }

    private static let units: [(name: String, nanoseconds: Double)] = [
        ("ns", 1), ("us", 1e3), ("ms", 1e6), ("s", 1e9), ("m", 60e9), ("h", 3_600e9), ("d", 86_400e9),
    ]

    /// Reads the text of a setting.
    public init?(setting text: String) {
        let digits = text.prefix { $0.isASCII && ($0.isNumber || $0 == ".") }
        let unit = text[digits.endIndex...]
        guard let number = Double(digits), let scale = Duration.units.first(where: { $0.name == unit }),
            number * scale.nanoseconds < 9e18
        else { return nil }
        // Whole numbers exactly: a Double has 53 bits.
        let exact = Int64(digits).map { $0 * Int64(scale.nanoseconds) }
        self = .nanoseconds(exact ?? Int64((number * scale.nanoseconds).rounded()))
    }

    /// The text that reads back as this value.
    public var settingText: String {
        let (seconds, attoseconds) = components
        let nanoseconds = seconds * 1_000_000_000 + attoseconds / 1_000_000_000
        if nanoseconds == 0 { return "0s" }
        // The largest unit that says it in a whole number.
        for unit in Duration.units.dropFirst().reversed() where nanoseconds % Int64(unit.nanoseconds) == 0 {
            return "\(nanoseconds / Int64(unit.nanoseconds))\(unit.name)"
        }
        return "\(nanoseconds)ns"
    }

    /// What is probably meant by a text that is no value.
    public static func hint(for text: String) -> String? {
        if YAMLWords.isBase60(text) { return "\(text) would be a number of base 60 in YAML 1.1: write 90s or 2m" }
        if Double(text) != nil { return "the unit is missing: write \(text)s for seconds" }
        return nil
    }
}

/// A number of bytes.
public struct ByteCount: SettingValue, Comparable {
    /// How many.
    public var bytes: Int

    /// Makes a count.
    public init(_ bytes: Int) { self.bytes = bytes }

    /// What is expected, in words.
    public static var expected: String { "a size with its unit, such as 64KiB, 8MiB or 1GiB" }

    private static let units: [(name: String, bytes: Int)] = [
        ("B", 1), ("KiB", 1 << 10), ("MiB", 1 << 20), ("GiB", 1 << 30), ("TiB", 1 << 40),
        ("kB", 1_000), ("MB", 1_000_000), ("GB", 1_000_000_000),
    ]

    /// Reads the text of a setting.
    public init?(setting text: String) {
        let digits = text.prefix { $0.isASCII && $0.isNumber }
        guard let number = Int(digits), let unit = Self.units.first(where: { $0.name == text[digits.endIndex...] })
        else { return nil }
        let (bytes, overflow) = number.multipliedReportingOverflow(by: unit.bytes)
        guard !overflow else { return nil }
        self.bytes = bytes
    }

    /// The text that reads back as this value.
    public var settingText: String {
        if bytes == 0 { return "0B" }
        for unit in Self.units.prefix(5).reversed() where bytes % unit.bytes == 0 {
            return "\(bytes / unit.bytes)\(unit.name)"
        }
        return "\(bytes)B"
    }

    /// Whether the first is smaller.
    public static func < (a: ByteCount, b: ByteCount) -> Bool { a.bytes < b.bytes }

    /// What is probably meant by a text that is no value.
    public static func hint(for text: String) -> String? {
        if Int(text) != nil { return "the unit is missing: write \(text)B for bytes" }
        let lower = text.lowercased()
        guard let unit = units.first(where: { lower.hasSuffix($0.name.lowercased()) && $0.bytes > 1 }) else {
            return nil
        }
        return "the unit is written \(unit.name)"
    }
}

/// Permissions of a file in octal digits.
public struct FileMode: SettingValue {
    /// The bits of chmod(2).
    public var bits: UInt32

    /// Makes a mode.
    public init(_ bits: UInt32) { self.bits = bits }

    /// What is expected, in words.
    public static var expected: String { "permissions in octal digits, such as 0640" }

    /// Reads the text of a setting.
    public init?(setting text: String) {
        // `UInt32` by itself would take a sign too.
        guard (3...4).contains(text.utf8.count), text.utf8.allSatisfy({ (48...55).contains($0) }),
            let bits = UInt32(text, radix: 8)
        else { return nil }
        self.bits = bits
    }

    /// The text that reads back as this value: four digits.
    public var settingText: String {
        let digits = String(bits, radix: 8)
        return String(repeating: "0", count: max(4 - digits.count, 0)) + digits
    }
}

/// A setting with a few words to choose from.
public protocol SettingChoice: SettingValue, CaseIterable, RawRepresentable where RawValue == String {}

extension SettingChoice {
    /// What is expected, in words.
    public static var expected: String {
        "one of " + allCases.map(\.rawValue).joined(separator: ", ")
    }

    /// Reads the text of a setting.
    public init?(setting text: String) { self.init(rawValue: text) }

    /// The text that reads back as this value.
    public var settingText: String { rawValue }

    /// What is probably meant by a text that is no value.
    public static func hint(for text: String) -> String? {
        NearestName.phrase(for: text, among: allCases.map(\.rawValue))
    }
}
