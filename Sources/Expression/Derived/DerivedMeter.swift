public import Faces

/// Valence and arousal of the faces of a source, worked out of what is reported of them. Pure: time comes with the values.
///
/// Both follow what FaceReader documents of its own (Noldus, FaceReader Methodology Note, "Valence" and "Arousal"):
///
///     valence = happiness - the largest of sadness, anger, fear and disgust
///     arousal = mean of the five largest of max(0, activation - its mean over the last 60 s)
///
/// The activation of a unit is its intensity / 5; that of AU43 is turned round (1 - intensity / 5), as open eyes are what arousal shows
/// in. While less than 60 s were seen the mean is that of what was. They are no measurement of what a person feels.
///
/// Nothing is allocated once as many faces were seen as are followed at the same time.
public struct DerivedMeter: Sendable {
    /// Units whose activation goes into arousal: FaceReader's twenty but for AU27, which counts as AU26 here.
    public static let units = [
        "AU01", "AU02", "AU04", "AU05", "AU06", "AU07", "AU09", "AU10", "AU12", "AU14", "AU15", "AU17", "AU18", "AU20",
        "AU23",
        "AU24", "AU25", "AU26", "AU43",
    ]
    /// How many of the largest activations are averaged.
    static let largest = 5
    private static let negative = ["sadness", "anger", "fear", "disgust"]
    private static let highestIntensity: Float = 5

    private struct Source: Sendable {
        var index: Int
        var isInverted: Bool
    }

    private let sources: [Source]
    private let happiness: Int?
    private let negatives: [Int]
    private var tracks: [ActivationMean] = []
    /// How many faces are kept at present.
    var places: Int { tracks.count }

    /// Makes a meter for faces whose values follow these names. What they lack is left out; without happiness there is no valence.
    public init(au: [String], emotions: [String]) {
        sources = Self.units.compactMap { name in
            au.firstIndex(of: name).map { Source(index: $0, isInverted: name == "AU43") }
        }
        happiness = emotions.firstIndex(of: "happiness")
        negatives = Self.negative.compactMap { emotions.firstIndex(of: $0) }
    }

    /// Takes a face of the next frame.
    ///
    /// - Parameters:
    ///   - face: its intensities and emotions as they are reported.
    ///   - pts: seconds of the stream.
    ///   - epoch: counts the stream's breaks; the mean begins anew with each.
    /// - Returns: its valence, -1 to 1, and its arousal, 0 to 1. Not a number where the bundle does not tell the emotions, and where fewer
    ///   than five units can be seen.
    public mutating func update(_ face: Face, pts: Double, epoch: Int) -> (valence: Float, arousal: Float) {
        (valence(face.emotions), arousal(face, pts: pts, epoch: epoch))
    }

    private func valence(_ emotions: [Float]) -> Float {
        guard let happiness, !negatives.isEmpty, emotions.indices.contains(happiness) else { return .nan }
        return emotions[happiness] - negatives.reduce(into: 0) { $0 = max($0, emotions[$1]) }
    }

    private mutating func arousal(_ face: Face, pts: Double, epoch: Int) -> Float {
        let index = place(of: face.track, pts: pts, epoch: epoch)
        tracks[index].advance(to: pts)
        var (top, seen) = (SIMD8<Float>(), 0)
        for (number, source) in sources.enumerated() {
            let intensity = face.au[source.index]
            guard intensity.isFinite else { continue }
            let share = min(1, max(0, intensity / Self.highestIntensity))
            let activation = source.isInverted ? 1 - share : share
            tracks[index].add(activation, to: number)
            var value = max(0, activation - tracks[index].mean(of: number))
            seen += 1
            // The largest first: each place keeps the larger of the two and hands the other on.
            for place in 0..<Self.largest where value > top[place] { swap(&value, &top[place]) }
        }
        return seen < Self.largest ? .nan : top.sum() / Float(Self.largest)
    }

    /// Where a track's means are kept; those of a track that was not seen for as long as a mean lasts make room.
    private mutating func place(of track: Int, pts: Double, epoch: Int) -> Int {
        if let index = tracks.firstIndex(where: { $0.track == track }) {
            if tracks[index].epoch != epoch { tracks[index].begin(track: track, epoch: epoch) }
            return index
        }
        let free = tracks.firstIndex { $0.epoch != epoch || pts - $0.last > ActivationMean.window }
        if let free {
            tracks[free].begin(track: track, epoch: epoch)
            return free
        }
        tracks.append(ActivationMean(track: track, epoch: epoch, units: sources.count))
        return tracks.count - 1
    }
}

/// The mean activation of each unit of a track over the last minute, kept by the second.
struct ActivationMean: Sendable {
    /// Seconds of the mean.
    static let window = 60.0
    private static let seconds = 60

    private(set) var track: Int
    private(set) var epoch: Int
    /// When the track was seen last, in seconds.
    private(set) var last = -Double.infinity
    private var second = Int.min
    /// Sums and counts of each second, a row of units for each.
    private var sums: [Float]
    private var counts: [Int32]
    private var totals: [Double]
    private var totalCounts: [Int]

    init(track: Int, epoch: Int, units: Int) {
        (self.track, self.epoch) = (track, epoch)
        sums = Array(repeating: 0, count: Self.seconds * units)
        counts = Array(repeating: 0, count: Self.seconds * units)
        totals = Array(repeating: 0, count: units)
        totalCounts = Array(repeating: 0, count: units)
    }

    /// Forgets what was seen.
    mutating func begin(track: Int, epoch: Int) {
        (self.track, self.epoch, last, second) = (track, epoch, -.infinity, .min)
        for index in sums.indices { (sums[index], counts[index]) = (0, 0) }
        for index in totals.indices { (totals[index], totalCounts[index]) = (0, 0) }
    }

    /// Goes on to a time, and forgets what lies a minute back.
    mutating func advance(to pts: Double) {
        last = pts
        let now = Int(exactly: pts.rounded(.down)) ?? second
        guard now != second else { return }
        // After a longer pause nothing of before counts; time that runs backwards within an epoch does not happen.
        let steps = second == .min || now < second ? Self.seconds : min(Self.seconds, now - second)
        for step in 0..<steps { clear(row: now - step) }
        second = now
    }

    private func row(_ second: Int) -> Int {
        let row = second % Self.seconds
        return (row < 0 ? row + Self.seconds : row) * totals.count
    }

    private mutating func clear(row second: Int) {
        let start = row(second)
        for unit in totals.indices where counts[start + unit] > 0 {
            totals[unit] -= Double(sums[start + unit])
            totalCounts[unit] -= Int(counts[start + unit])
            (sums[start + unit], counts[start + unit]) = (0, 0)
            // Rounding does not gather over a day.
            if totalCounts[unit] == 0 { totals[unit] = 0 }
        }
    }

    /// Counts a unit's activation in the present second.
    mutating func add(_ activation: Float, to unit: Int) {
        let index = row(second) + unit
        sums[index] += activation
        counts[index] += 1
        totals[unit] += Double(activation)
        totalCounts[unit] += 1
    }

    /// The mean of what was counted.
    func mean(of unit: Int) -> Float {
        totalCounts[unit] > 0 ? Float(totals[unit] / Double(totalCounts[unit])) : 0
    }
}
