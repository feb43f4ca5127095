internal import Inference

/// The network of a bundle that makes a larger picture of the common person with a face's expression, for people to look at.
///
/// It reads the crop that the normalizer reads, `[1, 1, S, S]` from 0 to 1, and makes one of any size, `[1, 1, P, P]`, with the same alignment.
/// Running it allocates nothing. Used by one thread at a time.
final class PortraitNetwork {
    private let session: Session
    private let input: UnsafeMutableBufferPointer<Float>
    private let output: UnsafeBufferPointer<Float>

    /// - Throws: `invalidBundle` when it reads or makes anything else; `unusableNetwork` when the engine cannot run it.
    init(_ model: Model, file: String, inputSize: Int) throws(ExpressionError) {
        guard model.inputs.count == 1, let input = model.inputs.first?.name, let output = model.outputs.first?.name
        else {
            throw ExpressionError(.invalidBundle, "\(file): a portrait is made from one input, a crop")
        }
        let shape: [Int]
        do throws(InferenceError) {
            session = try Session(model, shapes: [input: [1, 1, inputSize, inputSize]])
            self.input = try session.input(input)
            self.output = try session.output(output)
            shape = try session.shape(of: output)
        } catch {
            throw ExpressionError(.unusableNetwork, "\(file): \(error)")
        }
        guard shape.count == 4, shape[0] == 1, shape[1] == 1, shape[2] == shape[3], (16...1024).contains(shape[2])
        else { throw ExpressionError(.invalidBundle, "\(file): makes \(shape), where [1, 1, P, P] is expected") }
    }

    /// Draws the face of a crop.
    ///
    /// - Throws: `unusableNetwork`.
    func draw(_ crop: [UInt8], into picture: inout [UInt8]) throws(ExpressionError) {
        for index in input.indices { input[index] = Float(crop[index]) / 255 }
        do throws(InferenceError) {
            try session.run()
        } catch {
            throw ExpressionError(.unusableNetwork, "\(error)")
        }
        picture.take(output)
    }
}

extension [UInt8] {
    /// Becomes a picture of values from 0 to 1; its memory is used again.
    mutating func take(_ values: UnsafeBufferPointer<Float>) {
        if count != values.count { self = [UInt8](repeating: 0, count: values.count) }
        for index in values.indices {
            let value = values[index]
            self[index] = value > 0 ? UInt8((Swift.min(value, 1) * 255).rounded()) : 0
        }
    }

    /// Becomes a copy of a picture; its memory is used again.
    mutating func take(_ picture: [UInt8]) {
        guard count == picture.count else {
            // Not shared with who fills that picture again for the next frame.
            self = picture.withUnsafeBufferPointer { Array($0) }
            return
        }
        for index in picture.indices { self[index] = picture[index] }
    }
}
