package import Imaging
internal import Inference

/// What looks for faces in a square of a frame. Its one implementation runs a network; tests script their own.
package protocol FaceFinder: AnyObject {
    /// Replaces `detections` by the faces within a square of the frame, in square pixels of the frame, the best first.
    func find(in image: PlanarImage, region: FaceRegion, into detections: inout [FaceDetection]) throws
}

/// BlazeFace on a square of a frame; what lies beyond the frame is black.
package final class BlazeFace: FaceFinder {
    private let network: FrontEndNetwork
    private let session: Session
    private let input: UnsafeMutableBufferPointer<Float>
    private let regressors: UnsafeBufferPointer<Float>
    private let logits: UnsafeBufferPointer<Float>
    private let decoder: DetectionDecoder
    private var suppression: WeightedSuppression

    /// - Parameters:
    ///   - minimumScore: of a sure detection, 0-1; those that score at least `weakShare` of it are given as well.
    ///   - regressors: the name of the output `[1, anchors, 16]`.
    ///   - logits: the name of the output `[1, anchors, 1]`.
    /// - Throws: `FaceTrackingError` with `unusableModel` when the network is not what the anchors belong to.
    init(
        network: FrontEndNetwork, anchors: AnchorGrid, minimumScore: Float, input: String, regressors: String,
        logits: String
    ) throws(FaceTrackingError) {
        self.network = network
        do {
            session = try network.take()
            self.input = try session.input(input)
            self.regressors = try session.output(regressors)
            self.logits = try session.output(logits)
        } catch {
            throw FaceTrackingError(.unusableModel, "the face detector: \(error)")
        }
        guard self.input.count == anchors.side * anchors.side * 3, self.logits.count == anchors.points.count,
            self.regressors.count == anchors.points.count * DetectionDecoder.rowLength
        else {
            throw FaceTrackingError(.unusableModel, "the face detector's inputs or outputs have another size")
        }
        decoder = DetectionDecoder(anchors: anchors, minimumScore: minimumScore * Self.weakShare)
        suppression = WeightedSuppression(surely: minimumScore)
    }

    deinit { network.giveBack(session) }

    package func find(in image: PlanarImage, region: FaceRegion, into detections: inout [FaceDetection]) throws {
        let side = decoder.anchors.side
        image.sampleRGB(
            into: input.baseAddress!, width: side, height: side, map: region.map(toInput: side), border: .black,
            range: .symmetric)
        try session.run()
        detections.removeAll(keepingCapacity: true)
        decoder.decode(regressors: regressors, logits: logits, into: &detections)
        suppression.apply(&detections)
        for index in detections.indices { detections[index] = detections[index].mapped(region.point) }
    }
}

extension BlazeFace {
    /// How much more the full range is asked for than the short range: MediaPipe sets their least scores to 0.6 and 0.5.
    package static let fullRangeCaution: Float = 0.1

    /// What a detection has to score at least, as a share of the least score of a sure one: faces of 40 pixels between the points of a detector's grid
    /// score 0.15 to 0.6. Whether there is a face the mesh decides (`FaceTracker`).
    package static let weakShare: Float = 0.25

    /// The detector of near faces. A sure detection's score is at least `minimumScore`, 0-1.
    package static func shortRange(_ models: FrontEndModels, minimumScore: Float) throws(FaceTrackingError) -> BlazeFace
    {
        try BlazeFace(
            network: models.shortRange, anchors: .shortRange, minimumScore: minimumScore, input: "input",
            regressors: "regressors", logits: "classificators")
    }

    /// The detector of small faces. A sure detection's score is at least `minimumScore`, 0-1.
    package static func fullRange(_ models: FrontEndModels, minimumScore: Float) throws(FaceTrackingError) -> BlazeFace
    {
        try BlazeFace(
            network: models.fullRange, anchors: .fullRange, minimumScore: minimumScore, input: "input_1",
            regressors: "Identity", logits: "Identity_1")
    }
}
