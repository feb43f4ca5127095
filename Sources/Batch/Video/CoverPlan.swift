package import Records

/// Where faces are to be covered in each frame of a recording, from its records.
///
/// A face that is not found in a frame is most often still there: it is covered for a while before it is first seen and after it is last
/// seen, and between two sightings.
package struct CoverPlan {
    /// An upright rectangle about a face, with the points that are drawn in its place.
    package struct Cover: Equatable {
        package var x, y, width, height: Double
        /// Flat x, y; empty where none are known.
        package var landmarks: [Float] = []
        /// The face that is seen there in this very frame of the recording; nil where it is only thought to be.
        package var face: PortraitStore.Key?

        /// Whether a point lies well within the ellipse that is covered: the corners of the rectangle are not.
        package func contains(x: Double, y: Double) -> Bool {
            let across = (x - self.x - width / 2) / (width / 2)
            let down = (y - self.y - height / 2) / (height / 2)
            return across * across + down * down <= 0.6
        }
    }

    /// A frame's place in time.
    package struct Moment: Hashable, Comparable {
        package var epoch: Int
        /// Seconds.
        package var pts: Double

        /// Makes a place in time.
        package init(epoch: Int, pts: Double) { (self.epoch, self.pts) = (epoch, pts) }

        package static func < (a: Moment, b: Moment) -> Bool { (a.epoch, a.pts) < (b.epoch, b.pts) }
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

    /// Nothing is covered yet.
    package init() {}

    /// Adds the faces of a record.
    ///
    /// - Parameters:
    ///   - round: 0 for the recording itself, above for videos made of it: their frames are the same, in the same order, and have the times
    ///     of a container that may count otherwise.
    ///   - isWanted: whether a face is to be covered.
    package mutating func add(_ record: FrameRecord, round: Int, where isWanted: (FaceRecord) -> Bool = { _ in true }) {
        if round == 0 { moments.append(Moment(epoch: record.epoch, pts: record.pts)) }
        guard let moment = moment(of: record) else { return }
        for face in record.faces where isWanted(face) {
            let (width, height) = (Double(face.box.2) * Self.growth.width, Double(face.box.3) * Self.growth.height)
            let cover = Cover(
                x: Double(face.box.0) + (Double(face.box.2) - width) / 2,
                // More above than below: foreheads and hair.
                y: Double(face.box.1) + (Double(face.box.3) - height) * 0.62, width: width, height: height,
                landmarks: face.landmarks,
                face: round == 0 ? PortraitStore.Key(sequence: record.sequence, track: face.track) : nil)
            tracks[[round, face.track], default: []].append(Sighting(moment: moment, cover: cover))
        }
    }

    /// When the frame of a record is shown in the recording; nil for one that the recording does not have.
    private func moment(of record: FrameRecord) -> Moment? {
        moments.indices.contains(record.sequence) ? moments[record.sequence] : nil
    }

    /// The covers of a frame under which the middle of a face lies that was found in a video that was made of the recording. One that is
    /// much smaller than the face is not over it.
    package func covers(over face: FaceRecord, in record: FrameRecord) -> [Cover] {
        guard let moment = moment(of: record) else { return [] }
        return covers(at: moment).filter {
            $0.contains(x: Double(face.box.0 + face.box.2 / 2), y: Double(face.box.1 + face.box.3 / 2))
                && Double(face.box.2) <= $0.width * 1.3
        }
    }

    /// What is to be covered in a frame, always in the same order.
    package func covers(at moment: Moment) -> [Cover] {
        let covers = tracks.values.compactMap { sightings -> Cover? in
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
        return covers.sorted { ($0.x, $0.y, $0.width, $0.height) < ($1.x, $1.y, $1.width, $1.height) }
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
        case (let before?, _) where moment.pts - before.moment.pts <= margin: return before.cover.placeAlone
        case (_, let after?) where after.moment.pts - moment.pts <= margin: return after.cover.placeAlone
        default: return nil
        }
    }
}

extension CoverPlan.Cover {
    /// The same place, with nothing to be drawn in it.
    fileprivate var placeAlone: CoverPlan.Cover {
        var cover = self
        cover.landmarks = []
        cover.face = nil
        return cover
    }
}
