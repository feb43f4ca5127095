internal import Platform
public import Records

/// What is said of one recording in `summary.csv`, gathered record by record.
public final class RecordingSummary: Sendable {
    /// Quality from which on a face counts as good.
    static let goodQuality = 0.5
    /// Seconds out of sight after which nothing is known of what a face did before.
    static let longestGap = 1.0

    /// What was gathered.
    struct State {
        var frames = 0
        var damaged = 0
        var framesWithFaces = 0
        var persons: [Int: PersonSummary] = [:]
        /// Seconds between frames, of all epochs.
        var span = 0.0
        /// Pairs of frames that follow each other in one epoch.
        var steps = 0
        var last: (pts: Double, epoch: Int)?

        /// Seconds that a frame stands for; nil when there is only one.
        var interval: Double? { steps > 0 && span > 0 ? span / Double(steps) : nil }
    }

    let labels: RecordLabels
    private let gathered = Guarded(State())

    /// Makes an empty summary of records with these labels.
    public init(labels: RecordLabels) {
        self.labels = labels
    }

    /// Adds a record.
    public func add(_ record: FrameRecord) {
        gathered.withLock { state in
            state.frames += 1
            if record.isDamaged { state.damaged += 1 }
            if !record.faces.isEmpty { state.framesWithFaces += 1 }
            if let last = state.last, last.epoch == record.epoch, record.pts >= last.pts {
                state.span += record.pts - last.pts
                state.steps += 1
            }
            state.last = (record.pts, record.epoch)
            for face in record.faces {
                state.persons[face.track, default: PersonSummary(labels: labels)]
                    .add(face, pts: record.pts, epoch: record.epoch)
            }
        }
    }

    /// What was gathered so far.
    var state: State { gathered.withLock { $0 } }

    /// Whether a face was seen.
    var hasFaces: Bool { gathered.withLock { $0.framesWithFaces > 0 } }
}
