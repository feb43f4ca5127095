internal import Records

/// What is said of one person of a recording, gathered record by record in memory that does not grow.
struct PersonSummary {
    /// Intensities are counted in bins of this width, from 0 to 5: the percentile is the middle of a bin.
    static let binWidth = 0.01
    private static let binCount = 501

    /// Frames in which the person is seen.
    private(set) var frames = 0
    /// Frames of them whose quality is good.
    private(set) var goodFrames = 0
    private(set) var qualitySum = 0.0
    /// Times that each AU came up.
    private(set) var onsets: [Int]
    /// Frames in which each emotion is reported.
    private(set) var emotionFrames: [Int]
    private var sums: [Double]
    private var counts: [Int]
    private var bins: [[UInt32]]
    /// Which AUs were there when the person was seen last.
    private var present: [Bool] = []
    /// Which AUs could not be read then.
    private var hidden: [Bool] = []
    private var last: (pts: Double, epoch: Int)?

    init(labels: RecordLabels) {
        onsets = Array(repeating: 0, count: labels.au.count)
        emotionFrames = Array(repeating: 0, count: labels.emotions.count)
        sums = Array(repeating: 0, count: labels.au.count)
        counts = Array(repeating: 0, count: labels.au.count)
        bins = Array(repeating: Array(repeating: 0, count: Self.binCount), count: labels.au.count)
    }

    /// Adds the person's face in a frame.
    mutating func add(_ face: FaceRecord, pts: Double, epoch: Int) {
        frames += 1
        // As it is written: two decimals.
        let quality = (Double(face.quality) * 100).rounded(.toNearestOrEven) / 100
        if quality >= RecordingSummary.goodQuality { goodFrames += 1 }
        if quality.isFinite { qualitySum += quality }
        if emotionFrames.indices.contains(face.emotion) { emotionFrames[face.emotion] += 1 }
        for (index, value) in face.au.enumerated() where index < sums.count && value.isFinite {
            // As it is written, three decimals: a summary that is made of the records is the same.
            let value = (Double(value) * 1000).rounded(.toNearestOrEven) / 1000
            sums[index] += value
            counts[index] += 1
            bins[index][min(Self.binCount - 1, max(0, Int((value / Self.binWidth).rounded())))] += 1
        }
        // What was there already when the face came, or came back, did not begin now.
        let isContinued = last.map { $0.epoch == epoch && pts - $0.pts <= RecordingSummary.longestGap } ?? false
        if isContinued, present.count == face.present.count {
            // Nor did what was hidden the frame before.
            for index in onsets.indices where face.present[index] && !present[index] && !hidden[index] {
                onsets[index] += 1
            }
        }
        present = face.present
        hidden = face.au.map { !$0.isFinite }
        last = (pts, epoch)
    }

    /// Mean intensity of an AU; nil where there is none.
    func mean(_ index: Int) -> Double? { counts[index] > 0 ? sums[index] / Double(counts[index]) : nil }

    /// The least intensity, as a bin, that so many of the frames do not exceed; nil where there is none.
    func percentile(_ part: Double, of index: Int) -> Double? {
        guard counts[index] > 0 else { return nil }
        let wanted = max(1, Int((part * Double(counts[index])).rounded(.up)))
        var seen = 0
        for (bin, count) in bins[index].enumerated() {
            seen += Int(count)
            if seen >= wanted { return Double(bin) * Self.binWidth }
        }
        return nil
    }
}
