/// Writes the Prometheus text format, version 0.0.4: families in the order of the calls, each with help and type.
///
/// Values are taken at the moment of a scrape from counters that the rooms keep anyway, so that nothing has to be registered
/// and a source that was removed leaves no series behind.
public struct MetricsText: Sendable {
    /// What a family's values are.
    public enum Kind: String, Sendable {
        /// Goes up only; its name ends in `_total`.
        case counter
        /// Goes up and down.
        case gauge
        /// Counts in buckets.
        case histogram
    }

    /// A label and its value.
    public typealias Label = (name: String, value: String)

    /// The text so far.
    public private(set) var text = ""
    private var family = ""

    /// An empty page.
    public init() {}

    /// Begins a family; its samples follow.
    public mutating func begin(_ name: String, _ kind: Kind, _ help: String) {
        precondition(kind != .counter || name.hasSuffix("_total"), "\(name) must end in _total")
        family = name
        text += "# HELP \(name) \(Self.escaped(help, quotes: false))\n# TYPE \(name) \(kind.rawValue)\n"
    }

    /// Adds a sample to the family.
    public mutating func add(_ labels: [Label] = [], _ value: Double) {
        sample(family, labels, value)
    }

    /// Adds a sample to the family.
    public mutating func add(_ labels: [Label] = [], _ value: Int) {
        sample(family, labels, Double(value))
    }

    /// Adds a histogram to the family.
    ///
    /// - Parameters:
    ///   - bounds: upper bounds of the buckets, ascending.
    ///   - counts: how many fell into each bucket, not cumulative, and one more for what passed all bounds.
    public mutating func add(_ labels: [Label] = [], bounds: [Double], counts: [Int], sum: Double) {
        precondition(counts.count == bounds.count + 1, "a bucket is missing in \(family)")
        var total = 0
        for (bound, count) in zip(bounds, counts) {
            total += count
            sample("\(family)_bucket", labels + [("le", Self.number(bound))], Double(total))
        }
        total += counts[bounds.count]
        sample("\(family)_bucket", labels + [("le", "+Inf")], Double(total))
        sample("\(family)_sum", labels, sum)
        sample("\(family)_count", labels, Double(total))
    }

    private mutating func sample(_ name: String, _ labels: [Label], _ value: Double) {
        text += name
        if !labels.isEmpty {
            let pairs = labels.map { "\($0.name)=\"\(Self.escaped($0.value, quotes: true))\"" }
            text += "{" + pairs.joined(separator: ",") + "}"
        }
        text += " \(Self.number(value))\n"
    }

    static func number(_ value: Double) -> String {
        if value.isNaN { return "NaN" }
        if value.isInfinite { return value < 0 ? "-Inf" : "+Inf" }
        return value == value.rounded() && value.magnitude < 1e15 ? String(Int(value)) : value.description
    }

    private static func escaped(_ text: String, quotes: Bool) -> String {
        var out = ""
        for character in text.unicodeScalars {
            switch character {
            case "\\": out += "\\\\"
            case "\n": out += "\\n"
            case "\"" where quotes: out += "\\\""
            default: out.unicodeScalars.append(character)
            }
        }
        return out
    }
}
