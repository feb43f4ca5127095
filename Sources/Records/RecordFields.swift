/// The parts of a record that a reader may leave out; each has its own constant (`Parts`).
///
/// The head of a record (`v`, `source`, `seq`, `pts`, `epoch`, `time`, `dropped`, `width`, `height`) and each face's
/// `track` are always written.
public struct RecordFields: OptionSet, Sendable, Hashable {
    /// One bit for each part.
    public let rawValue: Int

    /// Makes a set from its bits.
    public init(rawValue: Int) {
        self.rawValue = rawValue
    }

    /// Everything.
    public static let all = RecordFields(FacePart.all.map(\.field))
    /// What only those runs have that ask for it.
    public static let optional = RecordFields(FacePart.all.lazy.filter(\.isOptional).map(\.field))

    /// The sets by the names that configurations and subscribers use, in the order of a record.
    public static let named: [(name: String, field: RecordFields)] = FacePart.all.map { ($0.name, $0.field) }

    /// The set of the given names; nil if one of them is not in `named`.
    public init?(names: [String]) {
        var fields = RecordFields()
        for name in names {
            guard let entry = RecordFields.named.first(where: { $0.name == name }) else { return nil }
            fields.insert(entry.field)
        }
        self = fields
    }
}
