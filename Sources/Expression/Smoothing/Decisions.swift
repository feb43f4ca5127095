/// What is said of values that were smoothed: which AUs are present and which emotion is reported, both with hysteresis.
struct Decisions: Sendable {
    private let thresholds: [BundleManifest.Threshold]
    private let margin: Float
    private(set) var present: [Bool]
    private(set) var emotion = 0
    private var isFresh = true

    /// - Parameter margin: by how much another emotion must be more probable than the reported one.
    init(thresholds: [BundleManifest.Threshold], margin: Float) {
        self.thresholds = thresholds
        self.margin = margin
        present = [Bool](repeating: false, count: thresholds.count)
    }

    /// Forgets the past.
    mutating func reset() { isFresh = true }

    /// Decides on the next values.
    ///
    /// - Parameters:
    ///   - channels: intensities as they are reported, the AUs first (`ChannelLayout`). Afterwards each AU that is present has at
    ///     least its `off`, each other less than its `on`.
    ///   - emotions: probabilities; afterwards none is above the reported one's by more than the margin.
    mutating func update(channels: [Float], emotions: [Float]) {
        for index in present.indices {
            let threshold = thresholds[index]
            let limit = present[index] && !isFresh ? threshold.off : threshold.on
            present[index] = channels[index] >= limit
        }
        var best = 0
        for index in emotions.indices where emotions[index] > emotions[best] { best = index }
        if isFresh || emotions[best] - emotions[emotion] > margin { emotion = best }
        isFresh = false
    }
}

/// Intensities as they are written: in thousandths, so that a reader who compares them with a threshold sees what was decided on.
enum Resolution {
    /// Rounds all values to thousandths.
    static func round(_ values: inout [Float]) {
        for index in values.indices { values[index] = (values[index] * 1000).rounded() / 1000 }
    }
}
