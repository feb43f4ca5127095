internal import Faces
internal import Imaging
internal import Media
internal import Platform

/// Takes frames, finds faces, hands batches on.
///
/// `@unchecked Sendable` because finder and watch are touched on the stage's own queue only; the rest has locks.
final class TrackingStage: @unchecked Sendable {
    private let frames: BoundedQueue<VideoFrame>
    private let batches: BoundedQueue<FaceBatch>
    private let spares: SpareBatches
    private let finder: any FaceFinding
    private var watch = TrackWatch()
    private let viewer = Guarded<(any FrameViewer)?>(nil)
    private let measured = Guarded((durations: DurationHistogram(), activeTracks: 0))

    init(
        frames: BoundedQueue<VideoFrame>, batches: BoundedQueue<FaceBatch>, spares: SpareBatches,
        finder: sending any FaceFinding
    ) {
        self.frames = frames
        self.batches = batches
        self.spares = spares
        self.finder = finder
    }

    /// Shows each frame to somebody from now on; nil to nobody.
    func show(to viewer: (any FrameViewer)?) { self.viewer.withLock { $0 = viewer } }

    var durations: DurationHistogram { measured.withLock { $0.durations } }
    var activeTracks: Int { measured.withLock { $0.activeTracks } }

    /// Works on one frame; false when none waits, or there is no room behind.
    func step() throws -> Bool {
        guard batches.hasRoom else { return false }
        guard let (frame, loss) = frames.take() else {
            if frames.isExhausted { batches.close() }
            return false
        }
        let start = MonotonicClock.now()
        let batch = spares.take()
        batch.timing = frame.timing
        batch.width = frame.width
        batch.height = frame.height
        batch.squareScale = frame.image.squareScale
        batch.isDamaged = frame.isDamaged
        batch.lossBefore = loss
        try finder.find(in: frame, into: &batch.found)
        viewer.withLock { $0 }?.see(frame, batch.found.faces)
        watch.update(seen: batch.found.faces.lazy.map(\.track), changes: &batch.changes, standing: finder.standing)
        let elapsed = MonotonicClock.now() - start
        let active = watch.activeCount
        measured.withLock { measured in
            measured.durations.add(nanoseconds: elapsed)
            measured.activeTracks = active
        }
        batches.push(batch)
        return true
    }
}

/// Batches that are not in use, so that their memory is used again.
final class SpareBatches: Sendable {
    private let spares = Guarded<[FaceBatch]>([])

    /// An empty batch.
    func take() -> FaceBatch {
        spares.withLock { $0.popLast() } ?? FaceBatch()
    }

    /// Takes a batch back.
    func giveBack(_ batch: FaceBatch) {
        batch.found.clear()
        spares.withLock { $0.append(batch) }
    }
}
