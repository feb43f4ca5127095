internal import Faces

/// How far each track's regions could be seen lately: a mean over a few frames, so that one frame's doubt hides nothing.
package struct VisibilityMemory {
    /// How much a new frame counts.
    private static let weight: Float = 0.4

    private struct Track {
        var id: Int
        var values: [Float]
        var isSeen: Bool
    }

    private var tracks: [Track] = []

    package init() {}

    /// Takes in a track's frame and gives its means, in the order of `FaceRegionName`.
    package mutating func update(track id: Int, _ value: (Int) -> Float) -> [Float] {
        guard let index = tracks.firstIndex(where: { $0.id == id }) else {
            let values = (0..<FaceRegionName.count).map(value)
            tracks.append(Track(id: id, values: values, isSeen: true))
            return values
        }
        for region in 0..<FaceRegionName.count {
            tracks[index].values[region] += Self.weight * (value(region) - tracks[index].values[region])
        }
        tracks[index].isSeen = true
        return tracks[index].values
    }

    /// Forgets the tracks that were not in the frame.
    package mutating func endFrame() {
        tracks.removeAll { !$0.isSeen }
        for index in tracks.indices { tracks[index].isSeen = false }
    }

    /// Forgets everything.
    mutating func clear() { tracks.removeAll(keepingCapacity: true) }
}
