internal import Inference

/// A network that reads the tracker's own crop of one face, and perhaps its mirror image beside it, and says some numbers. Running it allocates nothing.
final class CropNetwork {
    private let network: FrontEndNetwork
    private let session: Session
    private let input: UnsafeMutableBufferPointer<Float>
    private let isMirroredToo: Bool
    /// The numbers, valid until the next run; those of the mirror image behind the others.
    let output: UnsafeBufferPointer<Float>

    /// - Parameters:
    ///   - output: the name of its output, and how many numbers it has for a crop.
    ///   - isMirroredToo: whether it reads the mirror image, too.
    ///   - purpose: what it does, for messages.
    /// - Throws: `FaceTrackingError` with `unusableModel` when the network has other inputs or outputs.
    init(
        _ network: FrontEndNetwork, output: (name: String, count: Int), isMirroredToo: Bool = false, purpose: String
    ) throws(FaceTrackingError) {
        self.network = network
        self.isMirroredToo = isMirroredToo
        let (side, pictures) = (FaceTracker.cropSize, isMirroredToo ? 2 : 1)
        do {
            session = try network.take(shapes: ["crop": [pictures, 1, side, side]])
            input = try session.input("crop")
            self.output = try session.output(output.name)
        } catch {
            throw FaceTrackingError(.unusableModel, "\(purpose): \(error)")
        }
        guard input.count == pictures * side * side, self.output.count == pictures * output.count else {
            throw FaceTrackingError(.unusableModel, "\(purpose): its input or output has another size")
        }
    }

    deinit { network.giveBack(session) }

    /// Reads a crop of `FaceTracker.cropSize` squared luma values.
    func read(_ crop: [UInt8]) throws {
        input.fill(withLuma: crop)
        if isMirroredToo {
            let side = FaceTracker.cropSize
            for row in 0..<side {
                let (from, to) = (row * side, (side + row) * side)
                for column in 0..<side { input[to + column] = input[from + side - 1 - column] }
            }
        }
        try session.run()
    }
}

extension UnsafeMutableBufferPointer<Float> {
    /// Writes luma values to the first places, 0-255 as 0-1.
    func fill(withLuma crop: [UInt8]) {
        for index in crop.indices { self[index] = Float(crop[index]) / 255 }
    }
}
