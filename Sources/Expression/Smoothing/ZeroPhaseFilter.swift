internal import Faces
internal import Glibc

/// Smooths one moment of one track from the moments before and after it.
///
/// Each value is that of a straight line, fitted at the moment itself by weighted least squares (local regression: W. Cleveland, JASA
/// 1979), so that neither a slope nor the track's beginning or end shifts it in time. A neighbour's weight falls with its distance in
/// time (a Gaussian) and with its difference in value (bilateral filtering: C. Tomasi, R. Manduchi, ICCV 1998), so that a still face
/// is averaged over the whole width while a blink keeps its edges. An AU and its sides share weights, and so do the emotions.
struct ZeroPhaseFilter: Sendable {
    /// A moment near the one that is smoothed.
    struct Neighbour {
        /// Seconds from the smoothed moment; negative in the past.
        let offset: Double
        let channels: [Float]
        let emotions: [Float]
    }

    /// The straight line through weighted values.
    private struct Line {
        var s0 = 0.0
        var s1 = 0.0
        var s2 = 0.0

        mutating func add(_ offset: Double, _ weight: Double) {
            s0 += weight
            s1 += weight * offset
            s2 += weight * offset * offset
        }

        /// How much a value counts at offset 0.
        func share(_ offset: Double, _ weight: Double) -> Double {
            let determinant = s0 * s2 - s1 * s1
            // Moments that all but coincide have no slope to speak of.
            guard determinant > 1e-6 * s0 * s0 * 1e-4 else { return weight / s0 }
            return weight * (s2 - s1 * offset) / determinant
        }
    }

    private let options: SmoothingOptions.ZeroPhase
    private let layout: ChannelLayout
    private let lids: Int?
    private var weights: [Double] = []
    private var lidWeights: [Double] = []
    private var emotionWeights: [Double] = []
    private var combined: [Double] = []

    init(labels: FaceLabels, layout: ChannelLayout, options: SmoothingOptions.ZeroPhase) {
        self.options = options
        self.layout = layout
        lids = labels.au.firstIndex(of: FastUnits.lids)
    }

    /// Smooths the moment at `center` of `neighbours` (all moments within the look-ahead, by time) into `channels` and `emotions`.
    mutating func smooth(
        _ neighbours: [Neighbour], center: Int, channels: inout [Float], emotions: inout [Float]
    ) {
        weigh(neighbours, width: options.width, into: &weights)
        weigh(neighbours, width: options.lidWidth, into: &lidWeights)
        weigh(neighbours, width: options.emotionWidth, into: &emotionWeights)
        for unit in layout.units {
            fit(
                neighbours, center: center, weights: unit.whole == lids ? lidWeights : weights, edge: options.edge,
                members: unit.channels, values: \.channels, into: &channels)
        }
        fit(
            neighbours, center: center, weights: emotionWeights, edge: options.emotionEdge,
            members: Array(emotions.indices), values: \.emotions, into: &emotions)
        for index in channels.indices { channels[index] = min(max(channels[index], 0), 5) }
        layout.boundSides(&channels)
        // What cannot be read is not smoothed into something that can.
        for index in channels.indices where !neighbours[center].channels[index].isFinite { channels[index] = .nan }
        var sum: Float = 0
        for index in emotions.indices {
            emotions[index] = max(emotions[index], 0)
            sum += emotions[index]
        }
        if sum > 0 { for index in emotions.indices { emotions[index] /= sum } }
    }

    private func weigh(_ neighbours: [Neighbour], width: Double, into weights: inout [Double]) {
        weights.removeAll(keepingCapacity: true)
        for neighbour in neighbours {
            let distance = neighbour.offset / max(width, 1e-4)
            weights.append(exp(-0.5 * distance * distance))
        }
    }

    private mutating func fit(
        _ neighbours: [Neighbour], center: Int, weights: [Double], edge: Double, members: [Int],
        values: KeyPath<Neighbour, [Float]>, into output: inout [Float]
    ) {
        let here = neighbours[center][keyPath: values]
        var line = Line()
        combined.removeAll(keepingCapacity: true)
        for (neighbour, weight) in zip(neighbours, weights) {
            let there = neighbour[keyPath: values]
            var difference: Float = 0
            var isKnown = false
            for member in members {
                // What was hidden at either moment is not a number, and has no part in the comparison.
                let step = abs(there[member] - here[member])
                guard step.isFinite else { continue }
                difference = max(difference, step)
                isKnown = true
            }
            let ratio = Double(difference) / max(edge, 1e-4)
            let falloff = 1 / (1 + ratio * ratio)
            let total = isKnown ? weight * falloff * falloff : 0
            combined.append(total)
            line.add(neighbour.offset, total)
        }
        for member in members { output[member] = 0 }
        for (neighbour, weight) in zip(neighbours, combined) {
            guard weight > 0 else { continue }
            let share = Float(line.share(neighbour.offset, weight))
            let there = neighbour[keyPath: values]
            for member in members {
                output[member] += share * (there[member].isFinite ? there[member] : here[member])
            }
        }
    }
}
