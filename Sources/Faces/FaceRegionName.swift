/// What of a face can be seen, by region.
public enum FaceRegionName: Int, CaseIterable, Sendable {
    /// The brow and the skin about it, on the subject's own left and right.
    case browLeft
    case browRight
    /// The lids and what lies between them.
    case eyeLeft
    case eyeRight
    /// From the lower lid to the base of the nose, with half of the nose.
    case cheekLeft
    case cheekRight
    /// Mouth and chin.
    case mouthLeft
    case mouthRight

    /// From what on a region counts as seen: the network is taught the chance that half of a region or more can be.
    public static let seen: Float = 0.5
    /// How many there are.
    public static let count = allCases.count

    /// Its place in lists of all.
    public var index: Int { rawValue }

    /// The regions in which an action unit shows, on the subject's own left and right; nil for a name that is no unit of the face.
    ///
    /// FACS (Ekman, Friesen, Hager 2002) describes each unit by where its appearance changes: 1, 2, 4 move the brows; 5, 7, 43-46 the lids;
    /// 6, 9, 11 and 13 cheeks and nose; all others of the lower face mouth and chin.
    public static func of(unit name: String) -> (left: FaceRegionName, right: FaceRegionName)? {
        guard name.hasPrefix("AU"), let number = Int(name.dropFirst(2)) else { return nil }
        switch number {
        case 1, 2, 4: return (.browLeft, .browRight)
        case 5, 7, 41...46, 61...66: return (.eyeLeft, .eyeRight)
        case 6, 9, 11, 13: return (.cheekLeft, .cheekRight)
        case 8, 10, 12, 14...35: return (.mouthLeft, .mouthRight)
        default: return nil
        }
    }
}
