internal import Faces
internal import Glibc
package import Imaging
internal import Inference

/// The network that says where the eyes look: it sees both eyes' crops side by side, the subject's right one mirrored, and the aligned crop. Running
/// it allocates nothing.
package final class GazeNetwork {
    /// The size of an eye crop in pixels, and where the middle of the eye's corners lies in it.
    package static let (width, height) = (48, 32)
    static let middle = SIMD2<Double>(24, 17)
    /// The side of the aligned crop whose scale and turn the eye crops have.
    package static let scale = 192
    /// Degrees that one unit of the input `pose` stands for.
    private static let poseDegrees: Float = 45
    /// Numbers that come out for each eye.
    private static let stateCount = 8
    /// Corners of the subject's left and right eye: outer, inner.
    private static let corners = [(263, 362), (33, 133)]

    private let network: FrontEndNetwork
    private let session: Session
    private let eyes: UnsafeMutableBufferPointer<Float>
    private let face: UnsafeMutableBufferPointer<Float>
    private let pose: UnsafeMutableBufferPointer<Float>
    private let state: UnsafeBufferPointer<Float>
    private let thresholds: GazeThresholds
    private var crop = [UInt8](repeating: 0, count: GazeNetwork.width * GazeNetwork.height)

    /// - Throws: `FaceTrackingError` with `unusableModel` when the network has other inputs or outputs.
    init(_ network: FrontEndNetwork, thresholds: GazeThresholds) throws(FaceTrackingError) {
        self.network = network
        self.thresholds = thresholds
        do {
            session = try network.take(shapes: [
                "eyes": [1, 1, Self.height, 2 * Self.width],
                "crop": [1, 1, FaceTracker.cropSize, FaceTracker.cropSize],
                "pose": [1, 2],
            ])
            eyes = try session.input("eyes")
            face = try session.input("crop")
            pose = try session.input("pose")
            state = try session.output("state")
        } catch {
            throw FaceTrackingError(.unusableModel, "the gaze network: \(error)")
        }
        guard eyes.count == 2 * Self.width * Self.height, face.count == FaceTracker.cropSize * FaceTracker.cropSize,
            pose.count == 2, state.count == 2 * Self.stateCount
        else {
            throw FaceTrackingError(.unusableModel, "the gaze network's inputs or outputs have another size")
        }
    }

    deinit { network.giveBack(session) }

    /// Says where the eyes of a face look.
    ///
    /// - Parameters:
    ///   - landmarks: 468 landmarks, flat x, y, z in square pixels.
    ///   - crop: the tracker's own crop of the face.
    ///   - headPose: as fitted to the landmarks.
    ///   - seen: whether the left and the right eye's region can be seen.
    /// - Returns: nil when neither eye is open and seen.
    func gaze(
        in image: PlanarImage, landmarks: UnsafeBufferPointer<Float>, crop faceCrop: [UInt8], headPose: HeadPose,
        seen: (left: Bool, right: Bool)
    ) throws -> Gaze? {
        guard seen.left || seen.right else { return nil }
        let map = CropAlignment.map(landmarks: landmarks, size: Self.scale)
        guard map.xx.isFinite, map.x0.isFinite, map.y0.isFinite else { return nil }
        for side in 0..<2 {
            let place = Self.eyeMap(map, landmarks: landmarks, side: side)
            crop.withUnsafeMutableBufferPointer {
                image.sampleLuma(into: $0.baseAddress!, width: Self.width, height: Self.height, map: place)
            }
            for row in 0..<Self.height {
                let (from, to) = (row * Self.width, (2 * row + side) * Self.width)
                for column in 0..<Self.width { eyes[to + column] = Float(crop[from + column]) / 255 }
            }
        }
        face.fill(withLuma: faceCrop)
        pose[0] = headPose.yaw / Self.poseDegrees
        pose[1] = headPose.pitch / Self.poseDegrees
        try session.run()
        let turn = Float(atan2(map.yx, map.xx))
        let gaze = Gaze(
            left: seen.left ? eye(0, turn: turn) : nil, right: seen.right ? eye(1, turn: turn) : nil)
        return gaze.left == nil && gaze.right == nil ? nil : gaze
    }

    /// The map from an eye crop's pixels to the frame: scale and turn of the aligned crop's map, with the middle of the corners in its place; the
    /// right eye's mirrored.
    package static func eyeMap(_ map: AffineMap, landmarks: UnsafeBufferPointer<Float>, side: Int) -> AffineMap {
        let (outer, inner) = corners[side]
        let x = (Double(landmarks[outer * 3]) + Double(landmarks[inner * 3])) / 2
        let y = (Double(landmarks[outer * 3 + 1]) + Double(landmarks[inner * 3 + 1])) / 2
        var result = map
        result.x0 = x - (map.xx * middle.x + map.xy * middle.y)
        result.y0 = y - (map.yx * middle.x + map.yy * middle.y)
        guard side == 1 else { return result }
        // Column j of a mirrored crop is column width - j of the plain one.
        result.x0 += Double(width) * map.xx
        result.y0 += Double(width) * map.yx
        (result.xx, result.yx) = (-map.xx, -map.yx)
        return result
    }

    /// What came out for an eye; nil when it is closed or hidden.
    ///
    /// - Parameter turn: the crop's turn in the frame in radians, clockwise, which the network's angles from the view ray have undone.
    private func eye(_ side: Int, turn: Float) -> Gaze.Eye? {
        let row = UnsafeBufferPointer(rebasing: state[side * Self.stateCount..<(side + 1) * Self.stateCount])
        guard row.allSatisfy(\.isFinite), row[6] < thresholds.closed, row[7] >= thresholds.seen else { return nil }
        let seen = Self.turned(yaw: row[0], pitch: row[1], by: turn)
        return Gaze.Eye(yaw: seen.yaw, pitch: seen.pitch, headYaw: row[2], headPitch: row[3], error: row[4])
    }

    /// A direction's yaw and pitch in degrees, turned about the camera's axis by an angle in radians, clockwise in the picture.
    package static func turned(yaw: Float, pitch: Float, by turn: Float) -> (yaw: Float, pitch: Float) {
        // x to the right, y down, z away.
        let (yaw, pitch) = (yaw * .pi / 180, pitch * .pi / 180)
        let (x, y, z) = (sin(yaw) * cos(pitch), -sin(pitch), -cos(yaw) * cos(pitch))
        let (u, v) = (cos(turn) * x - sin(turn) * y, sin(turn) * x + cos(turn) * y)
        return (atan2(u, -z) * 180 / .pi, asin(min(max(-v, -1), 1)) * 180 / .pi)
    }
}
