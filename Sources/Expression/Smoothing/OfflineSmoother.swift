public import Faces

/// Smooths files with the future too: zero phase, so that nothing comes late.
///
/// It stands behind an `ExpressionAnalyzer` whose smoothing has the mode `offline`, holds the frames of a fixed look-ahead, and gives them
/// out in their order. Something of the caller's travels with each frame. Memory is bounded by the look-ahead, and by `maximumHeld`
/// frames where timestamps do not advance.
public struct OfflineSmoother<Payload> {
    /// A frame that is done.
    public struct Frame {
        /// What the caller gave with it.
        public var payload: Payload
        /// The faces, smoothed, in the order in which they were given.
        public var faces: [Face]
        /// Seconds of the stream.
        public var pts: Double
        /// Counts the stream's breaks.
        public var epoch: Int
    }

    fileprivate struct Held {
        var payload: Payload?
        let faces: [Face]
        let moments: [Moment]
        let pts: Double
        let epoch: Int
    }

    /// What one track showed in one frame.
    fileprivate struct Moment {
        let track: Int
        let channels: [Float]
        let emotions: [Float]
    }

    /// What is remembered of a track between frames.
    private struct Track {
        let track: Int
        var decisions: Decisions
        var pts: Double
        var epoch: Int
    }

    /// Frames that wait at most.
    static var maximumHeld: Int { 600 }

    private let options: SmoothingOptions
    private let layout: ChannelLayout
    private let thresholds: [BundleManifest.Threshold]
    private var filter: ZeroPhaseFilter
    /// Frames done that are still looked back at, then those that wait.
    private var frames: [Held] = []
    /// Index of the first frame that waits.
    private var next = 0
    private var tracks: [Track] = []

    /// Makes a smoother with the bundle's labels.
    ///
    /// - Throws: `unknownLabel`.
    public init(bundle: ExpressionBundle, options: ExpressionOptions) throws(ExpressionError) {
        self.init(labels: bundle.labels, thresholds: try options.thresholds(of: bundle), options: options.smoothing)
    }

    init(labels: FaceLabels, thresholds: [BundleManifest.Threshold], options: SmoothingOptions) {
        self.options = options
        self.thresholds = thresholds
        layout = ChannelLayout(labels)
        filter = ZeroPhaseFilter(labels: labels, layout: layout, options: options.zeroPhase)
    }

    /// Takes the next frame.
    ///
    /// - Parameters:
    ///   - faces: the frame's faces as the analyzer read them, not smoothed. Crops and landmarks are not kept.
    ///   - pts: seconds of the stream, not decreasing within an epoch.
    ///   - epoch: counts the stream's breaks; nothing is smoothed across one.
    /// - Returns: the frames that are done, in their order.
    public mutating func push(
        _ payload: Payload, faces: [Face], pts: Double, epoch: Int
    ) -> [Frame] {
        let moments = faces.map {
            Moment(track: $0.track, channels: $0.au + $0.left + $0.right, emotions: $0.emotions)
        }
        frames.append(
            Held(payload: payload, faces: faces.map(\.withoutPixels), moments: moments, pts: pts, epoch: epoch))
        let lookAhead = options.zeroPhase.lookAhead
        return release { held, waiting in
            held.epoch != epoch || pts < held.pts || pts - held.pts >= lookAhead
                || waiting > Self.maximumHeld
        }
    }

    /// Ends the stream.
    ///
    /// - Returns: the frames that still waited, in their order.
    public mutating func finish() -> [Frame] {
        let rest = release { _, _ in true }
        frames.removeAll()
        tracks.removeAll()
        next = 0
        return rest
    }

    /// Gives out frames from the first that waits, as long as they are done.
    private mutating func release(_ isDone: (_ held: Held, _ waiting: Int) -> Bool) -> [Frame] {
        var done: [Frame] = []
        while next < frames.count, isDone(frames[next], frames.count - next), let payload = frames[next].payload {
            var faces = frames[next].faces
            for index in faces.indices { smooth(&faces[index], moment: frames[next].moments[index]) }
            frames[next].payload = nil
            done.append(Frame(payload: payload, faces: faces, pts: frames[next].pts, epoch: frames[next].epoch))
            next += 1
        }
        dropPast()
        return done
    }

    /// Drops frames that no waiting frame looks back at.
    private mutating func dropPast() {
        guard next > 0 else { return }
        let horizon = (next < frames.count ? frames[next] : frames[next - 1])
        let kept = frames[..<next].firstIndex {
            $0.epoch == horizon.epoch && horizon.pts - $0.pts <= options.zeroPhase.lookAhead
        }
        let dropped = max(kept ?? next, next - Self.maximumHeld)
        guard dropped > 0 else { return }
        frames.removeFirst(dropped)
        next -= dropped
    }

    private mutating func smooth(_ face: inout Face, moment: Moment) {
        let (pts, epoch) = (frames[next].pts, frames[next].epoch)
        let (neighbours, center) = neighbours(of: moment, pts: pts)
        var channels = moment.channels
        var emotions = moment.emotions
        filter.smooth(neighbours, center: center, channels: &channels, emotions: &emotions)
        Resolution.round(&channels)
        let index = place(of: face.track)
        let isContinued =
            tracks[index].epoch == epoch && pts >= tracks[index].pts && pts - tracks[index].pts <= options.gap
        if !isContinued { tracks[index].decisions.reset() }
        tracks[index].pts = pts
        tracks[index].epoch = epoch
        tracks[index].decisions.update(channels: channels, emotions: emotions)
        let (au, sides) = (layout.auCount, layout.sideCount)
        face.au = Array(channels[..<au])
        face.left = Array(channels[au..<au + sides])
        face.right = Array(channels[(au + sides)...])
        face.emotions = emotions
        face.present = tracks[index].decisions.present
        face.emotion = tracks[index].decisions.emotion
    }

    /// The track's moments around the first frame that waits, by time, and the place of that frame's own among them.
    private func neighbours(of moment: Moment, pts: Double) -> (neighbours: [ZeroPhaseFilter.Neighbour], center: Int) {
        let past = walk(stride(from: next - 1, through: 0, by: -1), moment.track).reversed()
        let future = walk(stride(from: next + 1, to: frames.count, by: 1), moment.track)
        let own = ZeroPhaseFilter.Neighbour(offset: 0, channels: moment.channels, emotions: moment.emotions)
        return (past + [own] + future, past.count)
    }

    /// The track's moments in the given frames, as far as they belong to the same run of it: up to a gap, a break or the look-ahead.
    private func walk(_ indices: some Sequence<Int>, _ track: Int) -> [ZeroPhaseFilter.Neighbour] {
        let (pts, epoch) = (frames[next].pts, frames[next].epoch)
        var found: [ZeroPhaseFilter.Neighbour] = []
        var last = 0.0
        for index in indices {
            let offset = frames[index].pts - pts
            let isLater = index > next
            guard frames[index].epoch == epoch, isLater ? offset >= last : offset <= last,
                abs(offset) <= options.zeroPhase.lookAhead
            else { break }
            guard let moment = frames[index].moments.first(where: { $0.track == track }) else { continue }
            guard abs(offset - last) <= options.gap else { break }
            last = offset
            found.append(.init(offset: offset, channels: moment.channels, emotions: moment.emotions))
        }
        return found
    }

    private mutating func place(of track: Int) -> Int {
        if let index = tracks.firstIndex(where: { $0.track == track }) { return index }
        if tracks.count >= 64, let oldest = tracks.indices.min(by: { tracks[$0].pts < tracks[$1].pts }) {
            tracks.remove(at: oldest)
        }
        let decisions = Decisions(
            thresholds: thresholds, margin: options.enabled ? Float(options.emotionMargin) : 0)
        tracks.append(Track(track: track, decisions: decisions, pts: -.infinity, epoch: 0))
        return tracks.count - 1
    }
}

extension OfflineSmoother: Sendable where Payload: Sendable {}
extension OfflineSmoother.Frame: Sendable where Payload: Sendable {}
extension OfflineSmoother.Held: Sendable where Payload: Sendable {}
