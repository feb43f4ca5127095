internal import Faces
internal import Glibc
package import Imaging
internal import Inference

/// What places landmarks on a face. Its one implementation runs a network; tests script their own.
package protocol FaceMesher: AnyObject {
    /// Writes 468 landmarks (flat x, y, z in square pixels of the frame) of the face in a region, and returns how sure it is that there is one, 0-1.
    func place(
        in image: PlanarImage, region: FaceRegion, landmarks: UnsafeMutableBufferPointer<Float>
    ) throws -> Float
}

/// The Face Mesh network (arXiv 1907.06724), without the attention refinement.
final class FaceMesh: FaceMesher {
    /// Side of the network's square input in pixels.
    static let side = 192

    private let network: FrontEndNetwork
    private let session: Session
    private let input: UnsafeMutableBufferPointer<Float>
    private let points: UnsafeBufferPointer<Float>
    private let presence: UnsafeBufferPointer<Float>

    /// - Throws: `FaceTrackingError` with `unusableModel` when the network has other inputs or outputs.
    init(_ models: FrontEndModels) throws(FaceTrackingError) {
        network = models.mesh
        do {
            session = try network.take()
            input = try session.input("input_1")
            points = try session.output("conv2d_21")
            presence = try session.output("conv2d_31")
        } catch {
            throw FaceTrackingError(.unusableModel, "the landmark network: \(error)")
        }
        guard input.count == Self.side * Self.side * 3, points.count == Face.landmarkCount * 3,
            presence.count == 1
        else {
            throw FaceTrackingError(.unusableModel, "the landmark network's inputs or outputs have another size")
        }
    }

    deinit { network.giveBack(session) }

    func place(
        in image: PlanarImage, region: FaceRegion, landmarks: UnsafeMutableBufferPointer<Float>
    ) throws -> Float {
        image.sampleRGB(
            into: input.baseAddress!, width: Self.side, height: Self.side, map: region.map(toInput: Self.side))
        try session.run()
        region.project(points, inputSide: Self.side, into: landmarks)
        return 1 / (1 + exp(-presence[0]))
    }
}

extension FaceRegion {
    /// Takes landmarks from a network's input back to the frame. Depth has the scale of x (MediaPipe's `LandmarkProjectionCalculator`).
    package func project(
        _ points: UnsafeBufferPointer<Float>, inputSide: Int, into landmarks: UnsafeMutableBufferPointer<Float>
    ) {
        precondition(points.count == landmarks.count, "as many landmarks come out as go in")
        let step = side / Float(inputSide)
        let (c, s) = (cos(rotation) * step, sin(rotation) * step)
        let middle = Float(inputSide) / 2
        for index in Swift.stride(from: 0, to: points.count, by: 3) {
            let x = points[index] - middle
            let y = points[index + 1] - middle
            landmarks[index] = centre.x + c * x - s * y
            landmarks[index + 1] = centre.y + s * x + c * y
            landmarks[index + 2] = points[index + 2] * step
        }
    }
}
