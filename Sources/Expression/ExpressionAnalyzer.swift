public import Faces
public import SystemPackage

/// Reads the expressions of faces, frame by frame: networks, calibration, baseline, smoothing, presence, emotion.
///
/// Baseline and smoothing are kept for each track. An analyzer is used by one thread at a time. In the steady state a frame
/// allocates nothing, if the faces of an earlier one are used again.
public final class ExpressionAnalyzer {
    /// The networks.
    public let bundle: ExpressionBundle
    /// How outputs are treated.
    public let options: ExpressionOptions

    private let layout: ChannelLayout
    private let thresholds: [BundleManifest.Threshold]
    private let networks: ExpressionNetworks
    private let neutral: Int?
    private let maximumTracks: Int
    private var tracks: [TrackState] = []
    private var baselines: BaselineStore
    private var marks = NeutralMarks()
    /// The most faces of one frame from which the baseline of one and the same person was taken off: more than one is too many.
    public private(set) var sharersOfBaseline = 0

    /// Makes an analyzer.
    ///
    /// - Parameter maximumFaces: how many faces a frame usually has at most; more take more runs of the networks.
    /// - Throws: `unusableNetwork`, `unknownLabel`.
    public init(
        bundle: ExpressionBundle, options: ExpressionOptions = ExpressionOptions(), maximumFaces: Int = 8
    ) throws(ExpressionError) {
        self.bundle = bundle
        self.options = options
        layout = ChannelLayout(bundle.labels)
        thresholds = try options.thresholds(of: bundle)
        networks = try ExpressionNetworks(
            bundle: bundle, layout: layout, maximumFaces: max(1, maximumFaces), picture: options.picture)
        neutral = bundle.labels.emotions.firstIndex(of: "neutral")
        maximumTracks = max(64, 4 * maximumFaces)
        baselines = BaselineStore()
    }

    /// Reads the faces of the next frame, and fills in what it reads.
    ///
    /// - Parameters:
    ///   - faces: the faces, with crop and geometry; each track once.
    ///   - pts: seconds of the stream, not decreasing within an epoch.
    ///   - epoch: counts the stream's breaks; a new one begins the smoothing afresh, baselines stay.
    /// - Throws: `invalidObservation` and `unusableNetwork`.
    public func analyze(
        _ faces: inout [Face], pts: Double, epoch: Int
    ) throws(ExpressionError) {
        guard !faces.isEmpty else { return }
        let raw = try networks.read(faces)
        for index in faces.indices {
            let (track, quality, certain) = (faces[index].track, faces[index].quality, faces[index].certain)
            let state = place(of: track)
            tracks[state].hide(visible: faces[index].visible, layout: layout)
            if marks.take(track) {
                tracks[state].baseline.freeze(at: raw[index].channels, except: tracks[state].hidden)
            }
            let probability = neutral.map { Double(raw[index].emotions[$0]) } ?? 1
            var trust = quality.isFinite ? Double(min(max(quality, 0), 1)) : 0
            // What is known of a person is not to be spoilt by somebody who is perhaps another.
            if !tracks[state].mayLearn(isCertain: certain) { trust = 0 }
            tracks[state].update(raw[index], neutral: probability * trust, pts: pts, epoch: epoch)
            faces[index].makeRoom(for: bundle.labels)
            tracks[state].write(to: &faces[index], raw: raw[index], layout: layout)
            faces[index].normalized.take(raw[index].normalized)
        }
        marks.endFrame()
        if baselines.loaded != nil {
            let sharers = faces.reduce(0) { $0 + (baselines.isShared(by: $1.track) ? 1 : 0) }
            sharersOfBaseline = max(sharersOfBaseline, sharers)
        }
    }

    /// The index of a track's state, which is made if the track is new.
    private func place(of track: Int) -> Int {
        if let index = tracks.firstIndex(where: { $0.track == track }) { return index }
        if tracks.count >= maximumTracks, let oldest = tracks.indices.min(by: { tracks[$0].pts < tracks[$1].pts }) {
            retire(at: oldest)
        }
        let known = baselines.baseline(of: track, options: options.baseline)
        let baseline = known ?? NeutralBaseline(channels: layout.count, options: options.baseline)
        let smoother = TrackSmoother(
            labels: bundle.labels, layout: layout, thresholds: thresholds, options: options.smoothing)
        tracks.append(TrackState(track: track, baseline: baseline, isKnown: known != nil, smoother: smoother))
        return tracks.count - 1
    }

    /// How many tracks are kept.
    var trackCount: Int { tracks.count }

    private func retire(at index: Int) {
        baselines.keep(tracks[index].baseline, of: tracks[index].track)
        tracks.remove(at: index)
    }

    /// Takes the face of a track for its neutral one in the next frame in which it is seen; its baseline is frozen there.
    ///
    /// - Parameter track: nil for every track that is known; when none is, for the faces of the next frame that has any.
    public func markNeutral(track: Int?) {
        if let track {
            marks.mark(track)
        } else {
            marks.markAll(of: tracks.map(\.track))
        }
    }

    /// Learns no baseline any further; what was learned so far stays in force. Tracks that are new afterwards learn theirs.
    public func freezeBaselines() {
        for index in tracks.indices { tracks[index].baseline.freeze() }
    }

    /// Drops what is known of a track that has ended. Its baseline is kept for `saveBaselines`, and in case that it returns.
    public func forget(track: Int) {
        if let index = tracks.firstIndex(where: { $0.track == track }) { retire(at: index) }
        marks.forget(track)
    }

    /// Writes the baselines of all tracks so far (the latest `BaselineStore.room` of those that have ended) to a JSON file, replacing
    /// it at once.
    ///
    /// - Parameter recording: what the tracks' ids belong to; nil when nobody can know.
    /// - Throws: `cannotWrite`.
    public func saveBaselines(to path: FilePath, recording: String? = nil) throws(ExpressionError) {
        var all = baselines.retired
        for state in tracks {
            all.removeAll { $0.track == state.track }
            all.append((state.track, state.baseline))
        }
        let file = BaselineFile(
            bundle: bundle, recording: recording,
            persons: all.filter { $0.baseline.state != .off }.map { ("\($0.track)", $0.baseline.values) }
                .sorted { Int($0.0) ?? 0 < Int($1.0) ?? 0 })
        try file.write(to: path, layout: layout)
    }

    /// Reads baselines that were saved. They come into force, frozen, for tracks that are new from now on (`BaselineFile`
    /// says which), and for those that are known.
    ///
    /// - Parameter recording: what the tracks' ids belong to now; nil when the file is vouched for.
    /// - Throws: `missingBaseline` and `invalidBaseline`; also when the file belongs to another bundle, or tells several persons of another
    ///   recording apart.
    public func loadBaselines(from path: FilePath, recording: String? = nil) throws(ExpressionError) {
        let file = try BaselineFile(path: path, bundle: bundle, layout: layout)
        if let recording { try file.check(path, recording: recording) }
        baselines.loaded = file
        for index in tracks.indices {
            if let values = file.values(of: tracks[index].track) { tracks[index].baseline.freeze(at: values) }
        }
    }
}

/// What is kept of one track.
private struct TrackState {
    let track: Int
    var baseline: NeutralBaseline
    var smoother: TrackSmoother
    /// Whether the baseline is somebody's whose face was seen beyond doubt.
    private var isKnown: Bool
    private(set) var pts = -Double.infinity
    private var epoch = 0
    /// Corrected by the baseline, sides below their whole, not smoothed.
    private var corrected: [Float] = []
    /// Channels that cannot be read in this frame.
    private(set) var hidden: [Bool]

    init(track: Int, baseline: NeutralBaseline, isKnown: Bool, smoother: TrackSmoother) {
        self.track = track
        self.baseline = baseline
        self.isKnown = isKnown
        self.smoother = smoother
        corrected = smoother.channels
        hidden = [Bool](repeating: false, count: smoother.channels.count)
    }

    /// Whether the baseline may learn from a face: surely its person's, or the first that the track shows, whoever that is.
    mutating func mayLearn(isCertain: Bool) -> Bool {
        if isCertain { isKnown = true }
        return isCertain || !isKnown
    }

    /// Notes which channels cannot be read in the frame that comes.
    mutating func hide(visible: [Float], layout: ChannelLayout) { layout.hide(&hidden, visible: visible) }

    mutating func update(_ raw: RawExpression, neutral: Double, pts: Double, epoch: Int) {
        let dt = epoch == self.epoch && self.pts.isFinite ? pts - self.pts : 0
        baseline.observe(raw.channels, except: hidden, neutral: neutral, dt: dt)
        baseline.correct(raw.channels, into: &corrected)
        // What a network says of a hidden mouth must not reach what is said of the mouth once it shows again.
        for index in hidden.indices where hidden[index] { corrected[index] = smoother.channels[index] }
        smoother.update(&corrected, raw.emotions, pts: pts, epoch: epoch)
        self.pts = pts
        self.epoch = epoch
    }

    func write(to result: inout Face, raw: RawExpression, layout: ChannelLayout) {
        result.baseline = baseline.state
        for index in 0..<layout.auCount {
            result.au[index] = hidden[index] ? .nan : smoother.channels[index]
            result.auRaw[index] = raw.channels[index]
            result.present[index] = smoother.present[index] && !hidden[index]
        }
        for index in 0..<layout.sideCount {
            let (left, right) = (layout.auCount + index, layout.auCount + layout.sideCount + index)
            result.left[index] = hidden[left] ? .nan : smoother.channels[left]
            result.right[index] = hidden[right] ? .nan : smoother.channels[right]
        }
        for index in corrected.indices { result.unsmoothed[index] = hidden[index] ? .nan : corrected[index] }
        for index in result.emotions.indices { result.emotions[index] = smoother.emotions[index] }
        result.emotion = smoother.emotion
    }
}

/// Which tracks' next frame is to be taken for their neutral one.
struct NeutralMarks {
    private var tracks: Set<Int> = []
    private var isNextFrame = false
    private var wasTaken = false

    mutating func mark(_ track: Int) { tracks.insert(track) }

    mutating func markAll(of known: [Int]) {
        tracks.formUnion(known)
        isNextFrame = known.isEmpty
    }

    /// Whether this frame is the track's neutral one. Asked once for each face of a frame.
    mutating func take(_ track: Int) -> Bool {
        if isNextFrame { wasTaken = true }
        return tracks.remove(track) != nil || isNextFrame
    }

    mutating func endFrame() {
        if wasTaken { (isNextFrame, wasTaken) = (false, false) }
    }

    mutating func forget(_ track: Int) { tracks.remove(track) }
}
