/// How a tracker stands to a track that it has reported.
public enum TrackStanding: Sendable {
    /// Its face is followed, or waited for.
    case followed
    /// The person left; if recognised, the track goes on.
    case remembered
    /// Its id will not be used again.
    case gone
}

extension FaceTracker {
    /// How the tracker stands to a track after the frame processed last.
    public func standing(of track: Int) -> TrackStanding { policy.standing(of: track) }
}

extension TrackPolicy {
    /// How things stand with a track.
    package func standing(of id: Int) -> TrackStanding {
        if tracks.contains(where: { $0.id == id }) { return .followed }
        return memories.contains { $0.id == id } ? .remembered : .gone
    }
}
