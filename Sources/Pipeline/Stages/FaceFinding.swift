public import FaceTracking
public import Media

/// What finds and follows the faces of a source's frames. Used by one stage, never by two at a time.
public protocol FaceFinding: AnyObject {
    /// Adds the frame's faces to an empty batch, by ascending track id.
    func find(in frame: VideoFrame, into batch: FaceBatch) throws

    /// How it stands to a track that it has reported.
    func standing(of track: Int) -> TrackStanding
}

extension FaceTracker: FaceFinding {
    /// Adds the frame's faces, copied, since the tracker uses its own again.
    public func find(in frame: VideoFrame, into batch: FaceBatch) throws {
        let image = frame.image
        for face in try process(image, pts: frame.pts, epoch: frame.epoch) { batch.add(face, of: image) }
    }
}
