internal import Faces
internal import Glibc

/// What one person's face shows when it shows nothing, and how it is taken off. Pure: time comes with the values.
///
/// Learned causally: every frame is evidence, as much as its time, its quality and the probability of the neutral face allow. A
/// channel's baseline is a low quantile of its intensities, and comes into force as evidence grows.
struct NeutralBaseline: Sendable {
    private let options: BaselineOptions
    private var histogram: NeutralHistogram
    /// Seconds of neutral evidence.
    private(set) var evidence = 0.0
    /// What is to be taken off, of each channel.
    private var target: [Float]
    /// What is taken off now: follows the target.
    private(set) var applied: [Float]
    private(set) var state: BaselineState

    init(channels: Int, options: BaselineOptions) {
        self.options = options
        let isLearning = options.mode == .adaptive
        histogram = NeutralHistogram(channels: isLearning ? channels : 0, range: 2 * Float(options.limit))
        target = [Float](repeating: 0, count: channels)
        applied = target
        state = isLearning ? .learning : .off
    }

    /// A track that begins with a known baseline.
    init(_ values: [Float], options: BaselineOptions) {
        self.init(channels: values.count, options: options)
        guard options.mode != .off else { return }
        freeze(at: values)
        applied = target
    }

    /// Learns from a frame, unless frozen, and lets what is taken off follow.
    ///
    /// - Parameters:
    ///   - channels: the classifier's calibrated intensities.
    ///   - hidden: channels that cannot be read in this frame, from which nothing is learned; none when empty.
    ///   - neutral: how far the frame is to be trusted as a neutral one, 0-1.
    ///   - dt: seconds since the track's last frame.
    mutating func observe(_ channels: [Float], except hidden: [Bool] = [], neutral: Double, dt: Double) {
        guard state != .off else { return }
        // After a pause the frame stands for itself, not for the pause.
        let dt = min(max(dt, 0), 0.2)
        if state != .frozen, neutral > 0 { learn(channels, except: hidden, weight: neutral * dt) }
        let share = Float(1 - exp(-dt / max(options.blend, 1e-3)))
        for index in applied.indices { applied[index] += share * (target[index] - applied[index]) }
    }

    private mutating func learn(_ channels: [Float], except hidden: [Bool], weight: Double) {
        let fading = exp(-weight / options.memory)
        histogram.fade(Float(fading))
        evidence = evidence * fading + weight
        let limit = Float(options.limit)
        for index in channels.indices where hidden.isEmpty || !hidden[index] {
            // Whoever smiles all the time is not to lose the smile: what is strong is taken for movement, not for the face.
            let trust = min(max(2 - channels[index] / limit, 0), 1)
            histogram.add(channels[index], weight: Float(weight) * trust, to: index)
            let confidence = min(histogram.totals[index] / Float(options.settleAfter), 1)
            target[index] = confidence * min(histogram.quantile(Float(options.quantile), of: index), limit)
        }
        if evidence >= options.settleAfter { state = .settled }
    }

    /// Learns no further.
    mutating func freeze() {
        if state != .off { state = .frozen }
    }

    /// Takes a neutral frame's intensities for the baseline, and learns no further. It comes into force within the blend time.
    ///
    /// - Parameter hidden: channels that cannot be read in the frame and keep what was learned; none when empty.
    mutating func freeze(at channels: [Float], except hidden: [Bool] = []) {
        guard options.mode != .off else { return }
        for index in target.indices where hidden.isEmpty || !hidden[index] {
            target[index] = min(max(channels[index], 0), Float(options.markedLimit))
        }
        state = .frozen
    }

    /// The baseline as it would be applied after the blend.
    var values: [Float] { target }

    /// Takes the baseline off intensities: `5 (x - b) / (5 - b)`, not below 0. The neutral face becomes 0 and the strongest
    /// expression stays 5.
    func correct(_ channels: [Float], into output: inout [Float]) {
        for index in channels.indices {
            let b = applied[index]
            output[index] = max(0, 5 * (channels[index] - b) / (5 - b))
        }
    }
}
