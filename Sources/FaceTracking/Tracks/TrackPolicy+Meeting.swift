/// What happens when faces meet in the frame.
extension TrackPolicy {
    /// Keeps one sighting of each face. When two tracks have run into one face, the one whose appearance it has keeps it, else the one
    /// that was nearer; both are in doubt from then on.
    mutating func removeDuplicates(_ sightings: [TrackSighting], _ verdicts: inout [TrackVerdict]) {
        for second in sightings.indices where verdicts[second] != .duplicate {
            for first in sightings.indices.prefix(second) where verdicts[first] != .duplicate {
                let overlap = intersectionOverUnion(
                    sightings[first].minimum, sightings[first].maximum, sightings[second].minimum,
                    sightings[second].maximum)
                guard overlap > rules.sameFace else {
                    if isWithin(sightings[first], sightings[second]) {
                        // A mesh that has slid onto a part of a face: the one that fits better is the face.
                        let keepsFirst = sightings[first].presence >= sightings[second].presence
                        verdicts[keepsFirst ? second : first] = .duplicate
                        if keepsFirst { break }
                    }
                    continue
                }
                guard let a = place(of: sightings[first].source), let b = place(of: sightings[second].source) else {
                    // One of them continues no track: the other one is the better known.
                    verdicts[sightings[second].source == nil ? second : first] = .duplicate
                    if verdicts[second] == .duplicate { break }
                    continue
                }
                tracks[a].doubt(now: now)
                tracks[b].doubt(now: now)
                let keepsFirst = prefers(a, over: b, sightings[first])
                verdicts[keepsFirst ? second : first] = .duplicate
                if keepsFirst { break }
            }
        }
    }

    private func isWithin(_ a: TrackSighting, _ b: TrackSighting) -> Bool {
        containment(a.minimum, a.maximum, b.minimum, b.maximum) > rules.within
    }

    private func place(of source: Int?) -> Int? { source.flatMap { id in tracks.firstIndex { $0.id == id } } }

    /// Whether a face that two tracks claim is rather the first one's.
    private func prefers(_ a: Int, over b: Int, _ sighting: TrackSighting) -> Bool {
        if let distanceA = tracks[a].reference.distance(to: sighting.signature),
            let distanceB = tracks[b].reference.distance(to: sighting.signature),
            abs(distanceA - distanceB) > rules.margin
        {
            return distanceA < distanceB
        }
        let offsetA = tracks[a].centre - sighting.centre
        let offsetB = tracks[b].centre - sighting.centre
        return (offsetA * offsetA).sum() <= (offsetB * offsetB).sum()
    }

    /// A face that vanished where another one is was covered by it, or the other track has slipped onto it: both are in doubt.
    mutating func doubtNeighboursOfTheLost() {
        for lost in tracks.indices where !tracks[lost].isSeen && tracks[lost].isFresh(now) {
            for other in tracks.indices where tracks[other].isSeen {
                let overlap = intersectionOverUnion(
                    tracks[lost].minimum, tracks[lost].maximum, tracks[other].minimum, tracks[other].maximum)
                guard overlap > 0.1, !tracks[lost].isDoubtful || !tracks[other].isDoubtful else { continue }
                tracks[lost].doubt(now: now)
                tracks[other].doubt(now: now)
            }
        }
    }
}

extension TrackPolicy.Track {
    /// True for a moment after the face was last seen: what stands in its place now has to do with its going.
    func isFresh(_ now: Double) -> Bool { now - lastSeen < 0.25 }
}
