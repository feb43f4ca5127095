public import Faces

/// Watches what faces show over time: how much each speaks, and, where it is asked for, the segments of their units, blinks and winks.
///
/// It stands behind an `ExpressionAnalyzer` and reads landmarks and intensities before they are smoothed, so that its times do not depend on
/// the smoothing. Used by one thread at a time; in the steady state a frame allocates nothing.
public struct EventWatch: Sendable {
    private let options: EventOptions
    private let thresholds: [BundleManifest.Threshold]
    private let whole: Int?
    private let lids: WatchedTrack.Lids?
    private var tracks: [WatchedTrack] = []
    /// What has come to its end with the latest call.
    public private(set) var events: [FaceEvent] = []
    /// What was told so far.
    public private(set) var totals = EventTotals()

    /// Tracks that are kept at most; the one that was not seen for longest gives way.
    private static let maximumTracks = 128

    /// Makes a watch.
    ///
    /// - Parameter expression: says from which intensities on units count as present, and so as segments.
    /// - Throws: `unknownLabel`.
    public init(
        bundle: ExpressionBundle, expression: ExpressionOptions, options: EventOptions
    ) throws(ExpressionError) {
        self.init(labels: bundle.labels, thresholds: try expression.thresholds(of: bundle), options: options)
    }

    init(labels: FaceLabels, thresholds: [BundleManifest.Threshold], options: EventOptions) {
        self.options = options
        self.thresholds = thresholds
        whole = labels.au.firstIndex(of: FastUnits.lids)
        let (units, sides) = (labels.au.count, labels.sides.count)
        if let side = labels.sides.firstIndex(of: FastUnits.lids) {
            lids = WatchedTrack.Lids(left: units + side, right: units + sides + side)
        } else {
            lids = whole.map { WatchedTrack.Lids(left: $0, right: $0) }
        }
        events.reserveCapacity(64)
    }

    /// Takes the faces of the next frame, and fills in how much they speak.
    ///
    /// - Parameters:
    ///   - faces: with landmarks and unsmoothed intensities; each track once.
    ///   - pts: seconds of the stream.
    ///   - epoch: counts the stream's breaks.
    public mutating func observe(_ faces: inout [Face], pts: Double, epoch: Int) {
        events.removeAll(keepingCapacity: true)
        for index in faces.indices {
            let place = place(of: faces[index].track)
            tracks[place].observe(&faces[index], pts: pts, epoch: epoch, totals: &totals, events: &events)
        }
    }

    /// Tells what tracks that have ended were at, and forgets them.
    public mutating func end(_ ended: [Int]) {
        events.removeAll(keepingCapacity: true)
        for track in ended {
            guard let index = tracks.firstIndex(where: { $0.track == track }) else { continue }
            tracks[index].end(events: &events, totals: &totals)
            tracks.remove(at: index)
        }
    }

    /// Tells what all tracks were at: the stream ends.
    public mutating func finish() {
        events.removeAll(keepingCapacity: true)
        for index in tracks.indices { tracks[index].end(events: &events, totals: &totals) }
        tracks.removeAll()
    }

    private mutating func place(of track: Int) -> Int {
        if let index = tracks.firstIndex(where: { $0.track == track }) { return index }
        if tracks.count >= Self.maximumTracks,
            let oldest = tracks.indices.min(by: { tracks[$0].pts ?? 0 < tracks[$1].pts ?? 0 })
        {
            tracks[oldest].end(events: &events, totals: &totals)
            tracks.remove(at: oldest)
        }
        tracks.append(
            WatchedTrack(track: track, thresholds: thresholds, whole: whole, lids: lids, options: options))
        return tracks.count - 1
    }
}
