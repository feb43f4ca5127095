internal import Faces

/// Smooths one track's values and decides on them. Pure: time comes with the values.
struct TrackSmoother: Sendable {
    private let options: SmoothingOptions
    private let layout: ChannelLayout
    private var intensityBank: OneEuroBank
    private var emotionBank: OneEuroBank
    private var decisions: Decisions
    private var last: (pts: Double, epoch: Int)?

    /// Intensities in the order of `ChannelLayout`, as they are reported.
    private(set) var channels: [Float]
    /// Probabilities.
    private(set) var emotions: [Float]
    /// Which AUs are present.
    var present: [Bool] { decisions.present }
    /// Index of the reported emotion.
    var emotion: Int { decisions.emotion }

    init(
        labels: FaceLabels, layout: ChannelLayout, thresholds: [BundleManifest.Threshold],
        options: SmoothingOptions
    ) {
        self.options = options
        self.layout = layout
        let groups = layout.units.map { unit in
            OneEuroBank.Group(
                members: unit.channels,
                parameters: labels.au[unit.whole] == FastUnits.lids ? options.lid : options.intensity)
        }
        intensityBank = OneEuroBank(groups: groups, count: layout.count)
        let all = OneEuroBank.Group(members: Array(labels.emotions.indices), parameters: options.emotion)
        emotionBank = OneEuroBank(groups: [all], count: labels.emotions.count)
        decisions = Decisions(
            thresholds: thresholds, margin: options.mode == .causal ? Float(options.emotionMargin) : 0)
        channels = [Float](repeating: 0, count: layout.count)
        emotions = [Float](repeating: 0, count: labels.emotions.count)
    }

    /// Takes the track's next values.
    ///
    /// - Parameters:
    ///   - input: intensities, corrected by the baseline. Sides that are above their whole are lowered to it.
    ///   - probabilities: emotions, with the sum 1.
    mutating func update(_ input: inout [Float], _ probabilities: [Float], pts: Double, epoch: Int) {
        var dt = 0.0
        if let last, last.epoch == epoch, pts >= last.pts, pts - last.pts <= options.gap {
            dt = pts - last.pts
        } else {
            intensityBank.reset()
            emotionBank.reset()
            decisions.reset()
        }
        last = (pts, epoch)
        // Before the filter, which is linear for a unit: the sides then stay below their whole behind it, too.
        layout.boundSides(&input)
        if options.mode == .causal {
            intensityBank.step(input, dt: dt)
            emotionBank.step(probabilities, dt: dt)
            for index in channels.indices { channels[index] = intensityBank.values[index] }
            for index in emotions.indices { emotions[index] = emotionBank.values[index] }
        } else {
            for index in channels.indices { channels[index] = input[index] }
            for index in emotions.indices { emotions[index] = probabilities[index] }
        }
        Resolution.round(&channels)
        decisions.update(channels: channels, emotions: emotions)
    }
}

/// Action units that move so fast that they need a filter of their own.
enum FastUnits {
    /// Eyes closed, and the blink (FACS codes a blink as 45; in time it is a short 43).
    static let lids = "AU43"
}
