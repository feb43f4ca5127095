internal import Expression
internal import Faces
internal import Media
internal import Records

/// What faces do over time, and where they are in space.
extension ExpressionStage {
    /// Fills in what records show of a frame's faces besides expressions, and tells the events that have come to their end.
    func watchFaces(of batch: FaceBatch) {
        if watch != nil {
            watch?.observe(&batch.found.faces, pts: batch.timing.pts, epoch: batch.timing.epoch)
            tellFaceEvents()
        }
        guard landmarks != .none || tellsHead else { return }
        let scale = batch.squareScale
        let size = (width: Double(batch.width) * scale.x, height: Double(batch.height) * scale.y)
        let focal = self.focal ?? max(size.width, size.height)
        for index in batch.found.faces.indices {
            if landmarks != .none {
                // The record of an earlier frame may still hold the array: then it is not written over.
                landmarks.write(
                    batch.found.faces[index].landmarks, scale: scale, into: &batch.found.faces[index].points)
            }
            if tellsHead {
                batch.found.faces[index].head = batch.found.faces[index].eyes.position(
                    focal: Float(focal), width: Float(size.width), height: Float(size.height))
            }
        }
    }

    /// Tells what the watch has found with its latest call.
    func tellFaceEvents() {
        guard let watch else { return }
        if tellsEvents {
            for event in watch.events { output.write(record(of: event).line) }
        }
        note(watch.totals)
    }

    private func record(of event: FaceEvent) -> EventRecord {
        var record = EventRecord(
            .segment, source: name, pts: event.onset, epoch: event.epoch, time: time(of: event), track: event.track)
        var span = EventSpan(onset: event.onset, apex: event.apex, offset: event.offset, peak: 0)
        switch (event.isCutAtStart, event.isCutAtEnd) {
        case (true, true): span.cut = "both"
        case (true, false): span.cut = "start"
        case (false, true): span.cut = "end"
        case (false, false): break
        }
        switch event.kind {
        case .segment(let unit, let peak, let mean):
            span.unit = units.indices.contains(unit) ? units[unit] : nil
            span.peak = Double(peak)
            span.mean = Double(mean)
        case .blink(let eyes, let peak, let isComplete, let rate):
            record.name = .blink
            (span.eyes, span.peak, span.isComplete, span.rate) = (eyes.rawValue, Double(peak), isComplete, rate)
        case .wink(let eyes, let peak, let isComplete):
            record.name = .wink
            (span.eyes, span.peak, span.isComplete) = (eyes.rawValue, Double(peak), isComplete)
        case .blinksUnwatched:
            record.name = .blinksUnwatched
            record.reason = "frames come more slowly than 15 a second; no blinks are told"
            return record
        case .blinksWatched:
            record.name = .blinksWatched
            return record
        }
        record.span = span
        return record
    }

    /// UTC of an event's onset, where the frames have one. A clock that jumped with a break is not carried back across it.
    private func time(of event: FaceEvent) -> Int64? {
        guard let time = latest.time, event.epoch == latest.epoch else { return nil }
        return time - Int64(((latest.pts - event.onset) * 1e6).rounded())
    }
}
