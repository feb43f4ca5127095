public import FaceTracking
public import Faces
public import Media

/// What finds and follows the faces of a source's frames. Used by one stage, never by two at a time.
public protocol FaceFinding: AnyObject {
    /// Replaces a list by the frame's faces, by ascending track id.
    func find(in frame: VideoFrame, into list: inout FaceList) throws

    /// How it stands to a track that it has reported.
    func standing(of track: Int) -> TrackStanding
}

extension FaceTracker: FaceFinding {
    /// Finds the frame's faces in its pixels, time and epoch.
    public func find(in frame: VideoFrame, into list: inout FaceList) throws {
        try process(frame.image, pts: frame.pts, epoch: frame.epoch, into: &list)
    }
}
