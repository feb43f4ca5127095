/// Which frames of a source are analysed at all, by the user's choice. The others are no loss.
public enum FrameSelection: Sendable, Equatable {
    /// Every frame.
    case all
    /// Every so many-th, from the first on; at least 1.
    case every(Int)
    /// At most so many a second of the source's own time, evenly; above 0.
    case rate(Double)
}

/// Applies a selection to the frames of one source, in order. Times are left as they are.
package struct FrameSelector: Sendable {
    private let selection: FrameSelection
    private var number = 0
    private var epoch: Int?
    private var start = 0.0
    private var lastSlot = 0.0

    package init(_ selection: FrameSelection) {
        self.selection = selection
    }

    /// Whether the next frame is analysed.
    ///
    /// At a rate r the time since the epoch's first frame is cut into slots of 1/r; the first frame in each slot is taken. So
    /// frames that jitter are taken at r a second in the long run, neither more nor less.
    package mutating func takes(pts: Double, epoch: Int) -> Bool {
        switch selection {
        case .all:
            return true
        case .every(let step):
            defer { number += 1 }
            return number % max(1, step) == 0
        case .rate(let rate):
            if epoch != self.epoch {
                self.epoch = epoch
                start = pts
                lastSlot = 0
                return true
            }
            // A frame that is due on the slot's first moment may stand a rounding error before it.
            let slot = ((pts - start) * rate + 1e-3).rounded(.down)
            guard slot > lastSlot else { return false }
            lastSlot = slot
            return true
        }
    }
}
