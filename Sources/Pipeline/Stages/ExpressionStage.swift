internal import Expression
internal import Faces
internal import Media
internal import Platform
internal import Records

/// Takes batches, reads the expressions, writes records.
///
/// `@unchecked Sendable` because reader, line and sequence are touched on the stage's own queue only; the rest has locks.
final class ExpressionStage: @unchecked Sendable {
    private struct Measured {
        var durations = DurationHistogram()
        var latency = DurationHistogram()
        var records = 0
        var faces = 0
        var leftOut = 0
        var full = 0
        var neutral: PipelineCounters.NeutralMoment?
        var facesInFrame = 0
        var firstPTS: Double?
        var lastPTS: Double?
        var epoch = 0
        var lastRecord: Int64?
        var events = EventTotals()
    }

    private let batches: BoundedQueue<FaceBatch>
    private let spares: SpareBatches
    let output: any RecordOutput
    private let faceOutput: (any FaceOutput)?
    private let encoder: any RecordEncoder
    let name: String
    /// Names of the units.
    let units: [String]
    private let minimumQuality: Float
    private let facesNotChosen: Int?
    let landmarks: LandmarkSet
    let tellsHead: Bool
    let focal: Double?
    let tellsEvents: Bool
    var watch: EventWatch?
    private var derived: DerivedMeter?
    /// When the latest frame was.
    private(set) var latest = VideoFrame.Timing(pts: 0, arrival: 0)
    private var neutralAt: Double?
    private var line = EncodedLine()
    private var sequence: Int
    private var smoother: OfflineSmoother<FrameRecord>?
    private let markers = Guarded(MarkerQueue())
    private let measured = Guarded(Measured())
    let reader: any ExpressionReader

    init(
        batches: BoundedQueue<FaceBatch>, spares: SpareBatches, reader: sending any ExpressionReader,
        smoother: sending OfflineSmoother<FrameRecord>?, watch: EventWatch?, output: any RecordOutput,
        faceOutput: (any FaceOutput)?, encoder: any RecordEncoder, labels: RecordLabels, options: PipelineOptions
    ) {
        self.batches = batches
        self.spares = spares
        self.reader = reader
        self.smoother = smoother
        self.output = output
        self.faceOutput = faceOutput
        self.encoder = encoder
        name = options.name
        self.watch = watch
        units = labels.au
        let isDerived = options.optionalParts.contains(.derived)
        derived = isDerived ? DerivedMeter(au: labels.au, emotions: labels.emotions) : nil
        landmarks = options.landmarks
        tellsHead = options.optionalParts.contains(.head)
        focal = options.focal
        tellsEvents = encoder.holdsEvents || options.tellsEvents
        neutralAt = options.neutralAt
        minimumQuality = options.minimumQuality
        facesNotChosen = options.facesNotChosen
        sequence = options.firstSequence
    }

    /// Has the next record carry a marker.
    ///
    /// - Returns: false if an older one that still waited had to be given up.
    func place(marker: String) -> Bool {
        markers.withLock { $0.add(marker) }
    }

    /// Works on one batch; false when none waits.
    ///
    /// - Parameter whenTaken: called as soon as the batch has left its place in the queue.
    func step(whenTaken: () -> Void) throws -> Bool {
        guard let (batch, _) = batches.pop() else { return false }
        whenTaken()
        defer { spares.giveBack(batch) }
        let start = MonotonicClock.now()
        let timing = batch.timing
        if let moment = neutralAt, timing.pts >= moment, !batch.found.faces.isEmpty {
            neutralAt = nil
            for face in batch.found.faces { reader.markNeutral(track: face.track) }
            let marked = PipelineCounters.NeutralMoment(pts: timing.pts, faces: batch.found.faces.count)
            measured.withLock { $0.neutral = marked }
        }
        try reader.analyze(&batch.found.faces, pts: timing.pts, epoch: timing.epoch)
        if !batch.changes.ended.isEmpty, watch != nil {
            watch?.end(batch.changes.ended)
            tellFaceEvents()
        }
        latest = timing
        announce(batch)
        watchFaces(of: batch)
        let record = head(of: batch)
        try faceOutput?.take(
            FaceFrame(
                sequence: record.sequence, timing: timing, squareScale: batch.squareScale, faces: batch.found.faces))
        if smoother == nil {
            write(record, batch.found.faces)
        } else {
            let done =
                smoother?.push(record, faces: batch.found.faces, pts: timing.pts, epoch: timing.epoch) ?? []
            for frame in done { write(frame.payload, frame.faces) }
        }
        for track in batch.changes.forgotten { reader.forget(track: track) }
        let end = MonotonicClock.now()
        measured.withLock { measured in
            measured.durations.add(nanoseconds: end - start)
            measured.latency.add(nanoseconds: end - timing.arrival)
        }
        return true
    }

    /// Writes what the offline smoother still holds.
    func finish() {
        for frame in smoother?.finish() ?? [] { write(frame.payload, frame.faces) }
        watch?.finish()
        tellFaceEvents()
    }

    /// Keeps how many events were told, for whoever asks.
    func note(_ totals: EventTotals) { measured.withLock { $0.events = totals } }

    /// Adds what the stage has counted.
    func report(into counters: inout PipelineCounters) {
        let measured = measured.withLock { $0 }
        counters.records = measured.records
        counters.faces = measured.faces
        counters.leftOut = measured.leftOut
        counters.full = measured.full
        counters.neutral = measured.neutral
        counters.firstPTS = measured.firstPTS
        counters.facesInFrame = measured.facesInFrame
        counters.lastPTS = measured.lastPTS
        counters.epoch = measured.epoch
        counters.lastRecord = measured.lastRecord
        counters.events = measured.events
        counters.latency = measured.latency
        counters.stages.append(PipelineCounters.Stage(name: "expression", durations: measured.durations))
    }

    var durations: DurationHistogram { measured.withLock { $0.durations } }

    private func announce(_ batch: FaceBatch) {
        guard tellsEvents else { return }
        if batch.found.isCut {
            let timing = batch.timing
            output.write(
                EventRecord(.cut, source: name, pts: timing.pts, epoch: timing.epoch, time: timing.time).line)
        }
        for track in batch.changes.ended { announce(.trackEnded, track, batch.timing) }
        for track in batch.changes.started { announce(.trackStarted, track, batch.timing) }
    }

    private func announce(_ name: EventRecord.Name, _ track: Int, _ timing: VideoFrame.Timing) {
        let event = EventRecord(
            name, source: self.name, pts: timing.pts, epoch: timing.epoch, time: timing.time, track: track)
        output.write(event.line)
    }

    /// The record of a frame, without its faces.
    private func head(of batch: FaceBatch) -> FrameRecord {
        let placed = markers.withLock { $0.take() }
        defer { sequence += 1 }
        let timing = batch.timing
        if placed.lost > 0 {
            let event = EventRecord(
                .dropped, source: name, pts: timing.pts, epoch: timing.epoch, time: timing.time, count: placed.lost,
                reason: "markers that waited too long for a frame")
            output.write(event.line)
        }
        return FrameRecord(
            source: name, sequence: sequence, pts: timing.pts, epoch: timing.epoch, time: timing.time,
            dropped: batch.lossBefore.total, drops: FrameDrops(batch.lossBefore),
            width: batch.width, height: batch.height, isDamaged: batch.isDamaged, markers: placed.texts, faces: [])
    }

    private func write(_ head: FrameRecord, _ faces: [Face]) {
        var record = head
        for face in faces where face.quality >= minimumQuality {
            var faceRecord = FaceRecord(face)
            if let values = derived?.update(face, pts: head.pts, epoch: head.epoch) {
                faceRecord.derived = DerivedRecord(valence: values.valence, arousal: values.arousal)
            }
            record.faces.append(faceRecord)
        }
        encoder.encode(record, into: &line)
        line.record = output.wantsRecords ? record : nil
        output.write(line)
        let now = MonotonicClock.now()
        measured.withLock { measured in
            measured.records += 1
            measured.faces += record.faces.count
            measured.leftOut += faces.count - record.faces.count
            if faces.count == facesNotChosen { measured.full += 1 }
            measured.facesInFrame = record.faces.count
            if measured.firstPTS == nil { measured.firstPTS = record.pts }
            measured.lastPTS = record.pts
            measured.epoch = record.epoch
            measured.lastRecord = now
        }
    }
}
