internal import Faces

/// What of a face can be seen: what lies before it, as a network sees it, and what of it lies beyond the frame's border, by geometry.
package enum Visibility {
    /// Landmarks of each region, in the order of `FaceRegionName`; each few points stand for the region's area.
    package static let landmarks: [[Int]] = [
        [276, 283, 282, 295, 285, 300, 293, 334, 296, 336],
        [46, 53, 52, 65, 55, 70, 63, 105, 66, 107],
        [263, 466, 388, 387, 386, 385, 384, 398, 362, 382, 381, 380, 374, 373, 390, 249],
        [33, 246, 161, 160, 159, 158, 157, 173, 133, 155, 154, 153, 145, 144, 163, 7],
        [280, 330, 347, 348, 349, 350, 266, 425, 411, 352, 329, 371, 279, 358],
        [50, 101, 118, 119, 120, 121, 36, 205, 187, 123, 100, 142, 49, 129],
        [291, 409, 270, 269, 267, 0, 17, 314, 405, 321, 375, 199, 428, 262, 369, 400],
        [61, 185, 40, 39, 37, 0, 17, 84, 181, 91, 146, 199, 208, 32, 140, 176],
    ]

    /// Writes the share of each region's landmarks that lie inside a frame.
    ///
    /// - Parameters:
    ///   - points: 468 landmarks, flat x, y, z in square pixels.
    ///   - output: room for `FaceRegionName.count` values.
    package static func inside(
        width: Float, height: Float, landmarks points: [Float], into output: inout [Float]
    ) {
        for (region, members) in landmarks.enumerated() {
            var count = 0
            for point in members {
                let (x, y) = (points[point * 3], points[point * 3 + 1])
                if x >= 0, y >= 0, x < width, y < height { count += 1 }
            }
            output[region] = Float(count) / Float(members.count)
        }
    }

    /// The chance that a region is seen, stretched so that the network's own threshold becomes `FaceRegionName.seen`: whoever reads the value has one limit to know.
    package static func stretched(_ value: Float, hiddenBelow: Float) -> Float {
        guard value.isFinite else { return 0 }
        let value = min(max(value, 0), 1)
        let limit = min(max(hiddenBelow, 0.01), 0.99)
        let seen = FaceRegionName.seen
        return value < limit ? value / limit * seen : seen + (value - limit) / (1 - limit) * (1 - seen)
    }

    /// What the quality of a face is multiplied by: the share of its regions that are seen.
    package static func quality(of visible: [Float]) -> Float {
        guard !visible.isEmpty else { return 1 }
        return Float(visible.reduce(0) { $0 + ($1 >= FaceRegionName.seen ? 1 : 0) }) / Float(visible.count)
    }
}
