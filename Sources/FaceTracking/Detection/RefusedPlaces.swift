/// Where landmarks were placed for weak detections in vain, so that the same picture on a wall is not looked at on every frame. Pure.
package struct RefusedPlaces: Sendable {
    /// Seconds of the stream after which a place is looked at again.
    package static let memory = 1.0
    /// How many places are remembered at most; the oldest is forgotten first.
    package static let capacity = 32
    /// Regions that overlap by more than this (intersection over union) are one place.
    private static let overlap: Float = 0.6

    private var places: [(region: FaceRegion, time: Double)] = []

    package init() {
        places.reserveCapacity(Self.capacity)
    }

    /// Forgets what is too long ago, and what lies ahead where time ran backwards.
    package mutating func advance(to time: Double) {
        places.removeAll { time < $0.time || time - $0.time >= Self.memory }
    }

    /// Whether this place was refused a moment ago.
    package func contains(_ region: FaceRegion) -> Bool {
        places.contains { $0.region.overlap(region) > Self.overlap }
    }

    /// Remembers a place.
    package mutating func add(_ region: FaceRegion, time: Double) {
        if places.count == Self.capacity { places.removeFirst() }
        places.append((region, time))
    }

    /// Forgets everything.
    package mutating func clear() { places.removeAll(keepingCapacity: true) }
}
