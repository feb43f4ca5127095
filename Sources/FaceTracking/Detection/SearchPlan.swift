/// Which parts of a frame a detector is shown, so that small faces are found in large frames too.
///
/// A detector sees 192 pixels and surely finds faces that are some twenty-four of them wide. So there are levels: the whole frame, then tiles of which each
/// side is about half of the level's before, down to those in which the smallest face that is looked for is large enough. Neighbouring tiles overlap by a
/// face of the size that the level before finds for sure, and reach beyond the frame's border. Pure.
package struct SearchPlan: Sendable, Equatable {
    /// The least width, in pixels of the detector's input, of a face that it finds for sure (measured: `Documentation/Tracking.md`).
    static let leastShare: Float = 24 / 192
    /// How far tiles reach beyond the frame, as a share of their side.
    private static let margin: Float = 0.05

    /// How much larger than the frame's the square is in which faces are found that fill the frame: of 35 of 400 such pictures that are missed otherwise the
    /// near detector finds 27 to 30 at 1.25 to 2.
    private static let room: Float = 1.4

    /// A square of the frame, and which detector is shown it.
    package struct Look: Sendable, Equatable {
        package var region: FaceRegion
        /// `short` or `full`.
        package var range: DetectionRange
    }

    /// All of the frame, kept in proportion.
    package let whole: FaceRegion
    /// What is looked at beside the whole frame, one after the other: with room around it, for faces that fill the frame or are cut off by it; tiles, the
    /// larger ones first; and upside down, for cameras on ceilings.
    package let extras: [Look]

    /// Plans for frames of one size.
    ///
    /// - Parameters:
    ///   - width: square pixels; `height` likewise.
    ///   - smallest: the width of the smallest face that is to be found, in square pixels.
    package init(width: Float, height: Float, smallest: Float) {
        whole = .letterbox(width: Double(width), height: Double(height))
        var extras = [
            Look(region: FaceRegion(centre: whole.centre, side: whole.side * Self.room, rotation: 0), range: .short)
        ]
        let least = smallest / Self.leastShare
        var side = whole.side
        // A level that is hardly finer than the one before finds nothing new.
        while smallest > 0, side > least * 1.2 {
            let overlap = side * Self.leastShare * 1.3
            side = max(least, side / 2)
            for y in Self.centres(along: height, side: side, overlap: overlap) {
                for x in Self.centres(along: width, side: side, overlap: overlap) {
                    extras.append(
                        Look(region: FaceRegion(centre: SIMD2(x, y), side: side, rotation: 0), range: .full))
                }
            }
        }
        extras.append(Look(region: whole.turned, range: .full))
        self.extras = extras
    }

    /// Where the middles of tiles lie along one side of the frame.
    private static func centres(along length: Float, side: Float, overlap: Float) -> [Float] {
        let margin = side * Self.margin
        let span = length + 2 * margin
        guard span > side else { return [length / 2] }
        let count = Int(((span - overlap) / max(side - overlap, side / 4)).rounded(.up))
        let step = (span - side) / Float(max(1, count - 1))
        return (0..<max(2, count)).map { side / 2 - margin + Float($0) * step }
    }
}
