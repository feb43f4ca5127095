package import FaceTracking

/// Turns the faces of frame after frame into the beginnings and ends of tracks.
///
/// A track begins with the first frame that shows it, ends when the tracker does not wait for it any more, and is forgotten when the
/// tracker could not recognise it any more either. One that is recognised begins again. Pure.
package struct TrackWatch: Sendable {
    /// What a frame brought about; the arrays are reused.
    package struct Changes: Sendable, Equatable {
        package var started: [Int] = []
        package var ended: [Int] = []
        package var forgotten: [Int] = []

        package init() {}

        package mutating func clear() {
            started.removeAll(keepingCapacity: true)
            ended.removeAll(keepingCapacity: true)
            forgotten.removeAll(keepingCapacity: true)
        }
    }

    private var active: [Int] = []
    private var left: [Int] = []

    package init() {}

    /// Tracks that have begun and not ended.
    package var activeCount: Int { active.count }

    /// Takes in one frame.
    ///
    /// - Parameters:
    ///   - seen: ids of the frame's faces, ascending.
    ///   - changes: replaced.
    ///   - standing: asked about known tracks that were not seen.
    package mutating func update(seen: some Collection<Int>, changes: inout Changes, standing: (Int) -> TrackStanding) {
        changes.clear()
        for index in active.indices.reversed() where !seen.contains(active[index]) {
            let standing = standing(active[index])
            guard standing != .followed else { continue }
            let id = active.remove(at: index)
            changes.ended.append(id)
            if standing == .gone { changes.forgotten.append(id) } else { left.append(id) }
        }
        for index in left.indices.reversed() where !seen.contains(left[index]) && standing(left[index]) == .gone {
            changes.forgotten.append(left.remove(at: index))
        }
        for id in seen where !active.contains(id) {
            active.append(id)
            left.removeAll { $0 == id }
            changes.started.append(id)
        }
        changes.ended.sort()
        changes.forgotten.sort()
    }
}
