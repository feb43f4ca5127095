internal import Faces
internal import Imaging
internal import Inference

/// The small networks made ready for one tracker. Used by one thread at a time; running them allocates nothing.
package struct FaceReaders {
    /// Numbers of an embedding.
    static let embeddingCount = 64

    private let identity: CropNetwork?
    private let visibility: CropNetwork?
    private let eyes: GazeNetwork?
    private let hiddenBelow: Float
    let identityThresholds: IdentityThresholds?

    /// None of them.
    package init() {
        (identity, visibility, eyes, identityThresholds) = (nil, nil, nil, nil)
        hiddenBelow = FaceRegionName.seen
    }

    /// Those that there are.
    ///
    /// - Throws: `FaceTrackingError` with `unusableModel`.
    init(_ networks: FaceNetworks) throws(FaceTrackingError) {
        if let (network, thresholds) = networks.identity {
            identity = try CropNetwork(
                network, output: ("embedding", Self.embeddingCount), isMirroredToo: true,
                purpose: "the identity network")
            identityThresholds = thresholds
        } else {
            (identity, identityThresholds) = (nil, nil)
        }
        if let (network, threshold) = networks.visibility {
            visibility = try CropNetwork(
                network, output: ("visible", FaceRegionName.count), purpose: "the visibility network")
            hiddenBelow = threshold
        } else {
            visibility = nil
            hiddenBelow = FaceRegionName.seen
        }
        if let (network, thresholds) = networks.gaze {
            eyes = try GazeNetwork(network, thresholds: thresholds)
        } else {
            eyes = nil
        }
    }

    /// Whether there is an identity network.
    var knowsPeople: Bool { identity != nil }

    /// Writes the embedding of a face, the mean of its own and its mirror image's, of unit length. Nothing is written where there is no network.
    func identify(_ crop: [UInt8], into embedding: inout [Float]) throws {
        guard let identity else { return }
        try identity.read(crop)
        embedding.removeAll(keepingCapacity: true)
        // A face and its mirror image are one person; their mean is steadier against side light and one-sided expressions.
        var squares: Float = 0
        for index in 0..<Self.embeddingCount {
            let sum = identity.output[index] + identity.output[Self.embeddingCount + index]
            embedding.append(sum)
            squares += sum * sum
        }
        let scale = 1 / max(squares.squareRoot(), 1e-6)
        for index in embedding.indices { embedding[index] *= scale }
    }

    /// Fills in how far the regions of a face can be seen: what lies before it, as the network sees it over the last frames, and what lies
    /// beyond the border now. Left empty where there is no network.
    func see(
        _ face: inout Face, crop: [UInt8], track: Int, in image: PlanarImage, memory: inout VisibilityMemory
    ) throws {
        guard let visibility else { return face.visible.removeAll(keepingCapacity: true) }
        try visibility.read(crop)
        let places = memory.update(track: track) {
            Visibility.stretched(visibility.output[$0], hiddenBelow: hiddenBelow)
        }
        if face.visible.count != FaceRegionName.count {
            face.visible = [Float](repeating: 0, count: FaceRegionName.count)
        }
        Visibility.inside(
            width: Float(image.squareWidth), height: Float(image.squareHeight), landmarks: face.landmarks,
            into: &face.visible)
        for index in places.indices { face.visible[index] = min(face.visible[index], places[index]) }
    }

    /// Where the eyes of a face look; nil where nothing tells.
    func gaze(of face: borrowing Face, crop: [UInt8], in image: PlanarImage) throws -> Gaze? {
        guard let eyes else { return nil }
        let (left, right) = (FaceRegionName.eyeLeft.index, FaceRegionName.eyeRight.index)
        let isBlind = face.visible.isEmpty
        let seen = (
            left: isBlind || face.visible[left] >= FaceRegionName.seen,
            right: isBlind || face.visible[right] >= FaceRegionName.seen
        )
        let pose = face.pose
        return try face.landmarks.withUnsafeBufferPointer {
            try eyes.gaze(in: image, landmarks: $0, crop: crop, headPose: pose, seen: seen)
        }
    }
}
