internal import Glibc

/// Probabilities from logits.
enum Softmax {
    /// `softmax(logits / temperature)`. Logits that are not finite give equal probabilities.
    static func probabilities(of logits: UnsafeBufferPointer<Float>, temperature: Float, into output: inout [Float]) {
        var largest = -Float.infinity
        for logit in logits { largest = max(largest, logit) }
        var sum: Float = 0
        for index in logits.indices {
            output[index] = expf((logits[index] - largest) / temperature)
            sum += output[index]
        }
        guard sum.isFinite, sum > 0 else {
            for index in logits.indices { output[index] = 1 / Float(logits.count) }
            return
        }
        for index in logits.indices { output[index] /= sum }
    }
}
