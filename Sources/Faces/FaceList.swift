/// The faces of a frame, in memory that is used again for the next.
public struct FaceList: Sendable {
    /// The faces, by ascending track id.
    public var faces: [Face] = []
    /// Whether the film was cut before this frame.
    public var isCut = false
    private var spares: [Face] = []

    /// An empty list.
    public init() {}

    /// Removes all faces; their memory stays with the list.
    public mutating func clear() {
        isCut = false
        while let face = faces.popLast() { spares.append(face) }
    }

    /// A face to be filled and added: one of an earlier frame, whose values are still in it, or a new one.
    ///
    /// - Parameter cropSize: the side of its crop in pixels.
    public mutating func spare(cropSize: Int) -> Face {
        var face = spares.popLast() ?? Face()
        face.makeRoom(cropSize: cropSize)
        return face
    }
}
