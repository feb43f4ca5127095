/// A histogram of each channel's intensities in neutral frames, from which quantiles are read; older evidence fades.
struct NeutralHistogram: Sendable {
    private static let bins = 48

    /// Upper end of the intensities that count.
    private let range: Float
    private let channels: Int
    /// `[channels, bins]`, seconds of evidence.
    private var counts: [Float]
    /// Seconds of evidence for each channel.
    private(set) var totals: [Float]

    init(channels: Int, range: Float) {
        self.channels = channels
        self.range = range
        counts = [Float](repeating: 0, count: channels * Self.bins)
        totals = [Float](repeating: 0, count: channels)
    }

    /// Lets all evidence fade by a factor.
    mutating func fade(_ factor: Float) {
        for index in counts.indices { counts[index] *= factor }
        for index in totals.indices { totals[index] *= factor }
    }

    /// Adds evidence: a channel's intensity, shared between the two nearest bins so that the quantile moves evenly.
    mutating func add(_ value: Float, weight: Float, to channel: Int) {
        guard value < range, weight > 0 else { return }
        let place = min(max(value / range * Float(Self.bins) - 0.5, 0), Float(Self.bins - 1))
        let lower = min(Int(place), Self.bins - 2)
        let share = place - Float(lower)
        counts[channel * Self.bins + lower] += weight * (1 - share)
        counts[channel * Self.bins + lower + 1] += weight * share
        totals[channel] += weight
    }

    /// A quantile of a channel's intensities, interpolated within its bin; 0 without evidence.
    func quantile(_ quantile: Float, of channel: Int) -> Float {
        let wanted = quantile * totals[channel]
        guard wanted > 0 else { return 0 }
        var sum: Float = 0
        for bin in 0..<Self.bins {
            let count = counts[channel * Self.bins + bin]
            if sum + count >= wanted { return (Float(bin) + (wanted - sum) / count) / Float(Self.bins) * range }
            sum += count
        }
        return range
    }
}
