/// Which landmarks records show.
public enum LandmarkSet: Int, Sendable, CaseIterable {
    /// None.
    case none = 0
    /// 68 points as the usual annotation of faces has them (iBUG 300-W, dlib, OpenFace), in its order.
    case ibug = 68
    /// All of Face Mesh, in its order.
    case mesh = 468

    /// The mesh's landmarks that stand for each of the 68 points; where there are two, the point lies midway between them.
    ///
    /// After Peizhi Yan's table (Mediapipe_2_Dlib_Landmarks, 2024), with point 13 mirrored from point 3, where it has another landmark. Points 0-16
    /// go along the jaw from the subject's right ear to the left, 17-21 and 22-26 along the brows, 27-30 down the nose, 31-35 under it, 36-41 and
    /// 42-47 around the subject's right and left eye, 48-59 around the lips and 60-67 inside them. The mesh's jaw follows the turning head,
    /// while annotators draw the outline that is seen: on turned heads the points of the far side differ.
    package static let pairs: [(first: Int, second: Int)] = [
        (127, 127), (234, 234), (93, 93), (132, 58), (58, 172), (136, 136), (150, 150), (176, 176), (152, 152),
        (400, 400), (379, 379), (365, 365), (397, 288), (361, 288), (323, 323), (454, 454), (356, 356),
        (70, 70), (63, 63), (105, 105), (66, 66), (107, 107), (336, 336), (296, 296), (334, 334), (293, 293),
        (300, 300),
        (168, 6), (197, 195), (5, 5), (4, 4), (75, 75), (97, 97), (2, 2), (326, 326), (305, 305),
        (33, 33), (160, 160), (158, 158), (133, 133), (153, 153), (144, 144),
        (362, 362), (385, 385), (387, 387), (263, 263), (373, 373), (380, 380),
        (61, 61), (39, 39), (37, 37), (0, 0), (267, 267), (269, 269), (291, 291), (321, 321), (314, 314), (17, 17),
        (84, 84), (91, 91), (78, 78), (82, 82), (13, 13), (312, 312), (308, 308), (317, 317), (14, 14), (87, 87),
    ]

    /// Writes the points of a face.
    ///
    /// - Parameters:
    ///   - landmarks: 468 landmarks, flat x, y, z in square pixels.
    ///   - scale: what x and y are divided by, to become pixels as they are stored.
    ///   - points: replaced by flat x, y; its memory is used again.
    public func write(_ landmarks: [Float], scale: (x: Double, y: Double), into points: inout [Float]) {
        points.removeAll(keepingCapacity: true)
        guard self != .none, landmarks.count == Face.landmarkCount * 3 else { return }
        let (across, down) = (1 / Float(scale.x), 1 / Float(scale.y))
        for index in 0..<rawValue {
            let (first, second) = self == .mesh ? (index, index) : Self.pairs[index]
            points.append(0.5 * (landmarks[first * 3] + landmarks[second * 3]) * across)
            points.append(0.5 * (landmarks[first * 3 + 1] + landmarks[second * 3 + 1]) * down)
        }
    }
}
