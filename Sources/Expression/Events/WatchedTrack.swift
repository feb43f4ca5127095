internal import Faces

/// What one track's face has shown of late, for its events. Nothing is allocated after it was made.
struct WatchedTrack: Sendable {
    /// A longer pause in a track parts what was before from what comes, in seconds.
    static let longestPause = 0.5
    /// Mean seconds between frames from which on they come too seldom for blinks (15 frames a second, with room for rounding), and between two
    /// frames.
    static let slowest = (mean: 0.07, single: 0.1)
    /// Heads that are turned further, in degrees, and faces of less quality are not watched for blinks.
    static let limits = (yaw: Float(40), pitch: Float(35), quality: Float(0.2))
    /// A wink is not told from a blink in a head that is turned further, in degrees.
    static let winkYaw: Float = 25

    /// Where the lids' unit and its sides lie in `Face.unsmoothed`.
    struct Lids: Sendable {
        var left: Int
        var right: Int
    }

    let track: Int
    private let lids: Lids?
    private let isOn: Bool
    private var window: UnitWindow
    private var policies: [SegmentPolicy]
    private var leftLid = LidSignal()
    private var rightLid = LidSignal()
    private var blinks: BlinkPolicy
    private var rate = BlinkRate()
    private var mouth = SpeakingMeter()
    private(set) var pts: Double?
    private var epoch = 0
    /// Mean seconds between frames, and how many went into it.
    private var interval = (mean: 0.0, count: 0)
    private var isSlow = false

    init(track: Int, thresholds: [BundleManifest.Threshold], whole: Int?, lids: Lids?, options: EventOptions) {
        self.track = track
        self.lids = lids
        isOn = options.isOn
        window = UnitWindow(count: thresholds.count, lids: whole)
        policies = thresholds.map {
            SegmentPolicy(on: $0.on, off: $0.off, least: options.leastSegment, gap: options.segmentGap)
        }
        blinks = BlinkPolicy(threshold: options.blinkClosure)
    }

    /// Takes the track's face of the next frame, and says how much it speaks.
    ///
    /// - Parameter events: what has come to its end is appended.
    mutating func observe(
        _ face: inout Face, pts: Double, epoch: Int, totals: inout EventTotals, events: inout [FaceEvent]
    ) {
        if let last = self.pts, epoch != self.epoch || pts < last || pts - last > Self.longestPause {
            end(events: &events, totals: &totals)
        }
        let dt = self.pts.map { pts - $0 }
        self.pts = pts
        self.epoch = epoch
        let measures = FaceMeasures(landmarks: face.landmarks)
        face.speaking = measures.flatMap { mouth.update(time: pts, gap: $0.lipGap) }
        guard isOn else { return }
        if face.unsmoothed.count >= policies.count {
            window.push(time: pts, units: face.unsmoothed)
            cut(isLast: false, events: &events, totals: &totals)
        }
        watch(face, measures, pts, dt, totals: &totals, events: &events)
    }

    /// Tells what goes on as cut off: the face is lost, the epoch is over, or the stream ends.
    mutating func end(events: inout [FaceEvent], totals: inout EventTotals) {
        cut(isLast: true, events: &events, totals: &totals)
        for unit in policies.indices {
            if let segment = policies[unit].end() { tell(segment, unit, &events, &totals) }
        }
        window.reset()
        blinks.interrupt()
        mouth.reset()
        pts = nil
    }

    private mutating func cut(isLast: Bool, events: inout [FaceEvent], totals: inout EventTotals) {
        while let time = window.advance(isLast: isLast) {
            for unit in policies.indices {
                if let segment = policies[unit].update(time: time, value: window.smoothed[unit]) {
                    tell(segment, unit, &events, &totals)
                }
            }
        }
    }

    private func tell(
        _ segment: SegmentPolicy.Segment, _ unit: Int, _ events: inout [FaceEvent], _ totals: inout EventTotals
    ) {
        var event = FaceEvent(
            kind: .segment(unit: unit, peak: segment.peak, mean: segment.mean), track: track, epoch: epoch,
            onset: segment.onset, apex: segment.apex, offset: segment.offset)
        event.isCutAtStart = segment.isCutAtStart
        event.isCutAtEnd = segment.isCutAtEnd
        events.append(event)
        totals.segments += 1
    }

    // MARK: Blinks

    private mutating func watch(
        _ face: Face, _ measures: FaceMeasures?, _ pts: Double, _ dt: Double?, totals: inout EventTotals,
        events: inout [FaceEvent]
    ) {
        // The first frame tells nothing of how often they come.
        guard let dt, dt > 0 else { return blinks.interrupt() }
        note(dt, pts, &events)
        let isSeen =
            abs(face.pose.yaw) <= Self.limits.yaw && abs(face.pose.pitch) <= Self.limits.pitch
            && face.quality >= Self.limits.quality && areEyesSeen(face)
        guard !isSlow, dt <= Self.slowest.single else {
            totals.tooSlow += dt
            return blinks.interrupt()
        }
        guard isSeen, let measures else {
            totals.unseen += dt
            return blinks.interrupt()
        }
        totals.watched += dt
        rate.watch(dt)
        let left = leftLid.update(eye: measures.leftEye, unit: lids.map { face.unsmoothed[$0.left] }, dt: dt)
        let right = rightLid.update(eye: measures.rightEye, unit: lids.map { face.unsmoothed[$0.right] }, dt: dt)
        // While the levels are not known nothing can be told from them.
        guard rate.seen >= 0.5 else { return }
        let canWink = abs(face.pose.yaw) <= Self.winkYaw
        guard let closure = blinks.update(time: pts, left: left, right: right, canWink: canWink) else { return }
        let kind: FaceEvent.Kind
        if closure.isWink {
            totals.winks += 1
            kind = .wink(eyes: closure.eyes, peak: closure.peak, isComplete: closure.isComplete)
        } else {
            totals.blinks += 1
            kind = .blink(
                eyes: closure.eyes, peak: closure.peak, isComplete: closure.isComplete, rate: rate.note())
        }
        events.append(
            FaceEvent(
                kind: kind, track: track, epoch: epoch, onset: closure.onset, apex: closure.apex,
                offset: closure.offset))
    }

    /// Whether both eyes can be seen; also where nothing tells.
    private func areEyesSeen(_ face: Face) -> Bool {
        face.visible.isEmpty
            || [FaceRegionName.eyeLeft, .eyeRight].allSatisfy { face.visible[$0.index] >= FaceRegionName.seen }
    }

    /// Notes how often frames come, and tells when that is too seldom for blinks, or enough again.
    private mutating func note(_ dt: Double, _ pts: Double, _ events: inout [FaceEvent]) {
        guard dt <= Self.longestPause else { return }
        interval.count = min(interval.count + 1, 16)
        interval.mean += (dt - interval.mean) / Double(interval.count)
        guard interval.count >= 4, isSlow != (interval.mean > Self.slowest.mean) else { return }
        isSlow.toggle()
        events.append(
            FaceEvent(
                kind: isSlow ? .blinksUnwatched : .blinksWatched, track: track, epoch: epoch, onset: pts, apex: pts,
                offset: pts))
    }
}
