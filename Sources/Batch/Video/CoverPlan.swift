internal import Records

/// Where faces are to be covered in each frame of a recording, from its records.
///
/// A face that is not found in a frame is most often still there: it is covered for a while before it is first seen and after it is last
/// seen, and between two sightings.
struct CoverPlan {
    /// An upright rectangle about a face, with the points that are drawn in its place.
    struct Cover: Equatable {
        var x, y, width, height: Double
        /// Flat x, y; empty where none are known.
        var landmarks: [Float] = []

        /// Whether a point lies within.
        func contains(x: Double, y: Double) -> Bool {
            x >= self.x && x <= self.x + width && y >= self.y && y <= self.y + height
        }
    }

    /// A frame's place in time.
    struct Moment: Hashable, Comparable {
        var epoch: Int
        var pts: Double

        static func < (a: Moment, b: Moment) -> Bool { (a.epoch, a.pts) < (b.epoch, b.pts) }
    }

    /// Seconds for which a face is covered before it is first and after it is last seen.
    private static let margin = 0.75
    /// The longest pause between two sightings of a face in which it is covered, in seconds.
    private static let pause = 3.0
    /// The box of a face ends at brows and chin: how much wider and higher a cover is, to take in ears, hair and neck.
    private static let growth = (width: 1.35, height: 1.5)

    private struct Sighting {
        var moment: Moment
        var cover: Cover
    }

    /// By track and round.
    private var tracks: [[Int]: [Sighting]] = [:]
    /// When each frame of the recording is shown, by the numbers of its records.
    private var moments: [Moment] = []

    /// Adds the faces of a record.
    ///
    /// - Parameters:
    ///   - round: 0 for the recording itself, above for videos made of it: their frames are the same, in the same order, and have the times
    ///     of a container that may count otherwise.
    ///   - isWanted: whether a face is to be covered.
    mutating func add(_ record: FrameRecord, round: Int, where isWanted: (FaceRecord) -> Bool = { _ in true }) {
        if round == 0 { moments.append(Moment(epoch: record.epoch, pts: record.pts)) }
        guard let moment = moment(of: record) else { return }
        for face in record.faces where isWanted(face) {
            let (width, height) = (Double(face.box.2) * Self.growth.width, Double(face.box.3) * Self.growth.height)
            let cover = Cover(
                x: Double(face.box.0) + (Double(face.box.2) - width) / 2,
                // More above than below: foreheads and hair.
                y: Double(face.box.1) + (Double(face.box.3) - height) * 0.62, width: width, height: height,
                landmarks: face.landmarks)
            tracks[[round, face.track], default: []].append(Sighting(moment: moment, cover: cover))
        }
    }

    /// When the frame of a record is shown in the recording; nil for one that the recording does not have.
    private func moment(of record: FrameRecord) -> Moment? {
        moments.indices.contains(record.sequence) ? moments[record.sequence] : nil
    }

    /// Whether the middle of a face of a video that was made of the recording lies under a cover of its frame.
    func covers(_ face: FaceRecord, in record: FrameRecord) -> Bool {
        guard let moment = moment(of: record) else { return false }
        return covers(at: moment).contains {
            $0.contains(x: Double(face.box.0 + face.box.2 / 2), y: Double(face.box.1 + face.box.3 / 2))
        }
    }

    /// What is to be covered in a frame.
    func covers(at moment: Moment) -> [Cover] {
        tracks.values.compactMap { sightings in
            // The last sighting that is not later.
            var (low, high) = (0, sightings.count)
            while low < high {
                let middle = (low + high) / 2
                if sightings[middle].moment <= moment { low = middle + 1 } else { high = middle }
            }
            let before = low > 0 ? sightings[low - 1] : nil
            let after = low < sightings.count ? sightings[low] : nil
            return Self.cover(at: moment, between: before, and: after)
        }
    }

    private static func cover(at moment: Moment, between before: Sighting?, and after: Sighting?) -> Cover? {
        let before = before.flatMap { $0.moment.epoch == moment.epoch ? $0 : nil }
        let after = after.flatMap { $0.moment.epoch == moment.epoch ? $0 : nil }
        if let before, before.moment == moment { return before.cover }
        switch (before, after) {
        case (let before?, let after?) where after.moment.pts - before.moment.pts <= pause:
            let part = (moment.pts - before.moment.pts) / (after.moment.pts - before.moment.pts)
            func mix(_ place: KeyPath<Cover, Double>) -> Double {
                before.cover[keyPath: place] * (1 - part) + after.cover[keyPath: place] * part
            }
            return Cover(x: mix(\.x), y: mix(\.y), width: mix(\.width), height: mix(\.height))
        case (let before?, _) where moment.pts - before.moment.pts <= margin: return before.cover.withoutLandmarks
        case (_, let after?) where after.moment.pts - moment.pts <= margin: return after.cover.withoutLandmarks
        default: return nil
        }
    }
}

extension CoverPlan.Cover {
    /// The same place, with nothing to be drawn in it.
    fileprivate var withoutLandmarks: CoverPlan.Cover {
        var cover = self
        cover.landmarks = []
        return cover
    }
}
