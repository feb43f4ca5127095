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

/// What the quality of a face in a damaged frame is multiplied by.
private let damagedQuality: Float = 0.3

extension FaceTracker: FaceFinding {
    /// Finds the frame's faces in its pixels, time and epoch.
    public func find(in frame: VideoFrame, into list: inout FaceList) throws {
        try process(frame.image, pts: frame.pts, epoch: frame.epoch, into: &list)
        guard frame.isDamaged else { return }
        // Below what a baseline learns from: what is seen may be another moment's frame, or none.
        for index in list.faces.indices { list.faces[index].quality *= damagedQuality }
    }
}
