/// The parts of a record that a reader may leave out.
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

    /// `box`, `score` and `certain`.
    public static let box = RecordFields(rawValue: 1 << 0)
    /// `pitch`, `yaw` and `roll`.
    public static let pose = RecordFields(rawValue: 1 << 1)
    /// `quality`.
    public static let quality = RecordFields(rawValue: 1 << 2)
    /// `au`.
    public static let au = RecordFields(rawValue: 1 << 3)
    /// `au_raw`.
    public static let auRaw = RecordFields(rawValue: 1 << 4)
    /// `au_left` and `au_right`.
    public static let sides = RecordFields(rawValue: 1 << 5)
    /// `present`.
    public static let present = RecordFields(rawValue: 1 << 6)
    /// `emotion` and `emotions`.
    public static let emotions = RecordFields(rawValue: 1 << 7)
    /// `baseline`.
    public static let baseline = RecordFields(rawValue: 1 << 8)
    /// `gaze`.
    public static let gaze = RecordFields(rawValue: 1 << 9)
    /// `visible`.
    public static let visible = RecordFields(rawValue: 1 << 10)
    /// `speaking`.
    public static let speaking = RecordFields(rawValue: 1 << 11)
    /// `landmarks`, where the run has them.
    public static let landmarks = RecordFields(rawValue: 1 << 12)
    /// `head`, where the run has it.
    public static let head = RecordFields(rawValue: 1 << 13)
    /// `derived`, where the run has it.
    public static let derived = RecordFields(rawValue: 1 << 14)
    /// Everything.
    public static let all: RecordFields = [
        .box, .pose, .gaze, .quality, .visible, .au, .auRaw, .sides, .present, .emotions, .baseline, .speaking,
        .landmarks, .head, .derived,
    ]

    /// The sets by the names that configurations and subscribers use, in the order of a record.
    public static let named: [(name: String, field: RecordFields)] = [
        ("box", .box), ("pose", .pose), ("gaze", .gaze), ("quality", .quality), ("visible", .visible), ("au", .au),
        ("au_raw", .auRaw), ("sides", .sides), ("present", .present), ("emotions", .emotions), ("baseline", .baseline),
        ("speaking", .speaking), ("landmarks", .landmarks), ("head", .head),
        ("derived", .derived),
    ]

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
