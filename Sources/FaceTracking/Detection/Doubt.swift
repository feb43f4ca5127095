/// What is asked of a face of which the detector, or the first landmarks, are not sure (measured: `Documentation/Tracking.md`).
enum Doubt {
    /// Below which share of the least presence the landmarks of a face just found are not placed again: the square of a rough detection shows too
    /// little of it.
    static let hopeful: Float = 0.3
    /// The least presence: faces of 40 pixels that are one have 0.995 and more, rings, leaves and shadows at most 0.97.
    static let leastPresence: Float = 0.99
    /// How long the longer side is at least, as a share of the width of the smallest face that is looked for: what is smaller and looks like a face to
    /// the mesh is mostly a pictogram.
    static let leastSize: Float = 0.9
    /// How many weak detections a frame's landmarks are placed on, but for the first frame: a cluttered room has dozens.
    static let looksAFrame = 1
}
