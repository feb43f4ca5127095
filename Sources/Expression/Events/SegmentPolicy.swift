/// Cuts the intensity of one unit into segments, with hysteresis. Pure: time comes with the values.
///
/// A segment is what rises to `on`, from where it rose above `off` to where it last was there. Falls below `off` that are shorter than the
/// gap, behind which the unit rises to `on` again, belong to it.
struct SegmentPolicy: Sendable {
    /// A segment that has ended.
    struct Segment: Sendable, Equatable {
        var onset: Double
        var apex: Double
        var offset: Double
        var peak: Float
        /// The mean of its frames.
        var mean: Float
        /// Whether it was there when the face was first seen.
        var isCutAtStart: Bool
        /// Whether it was there when the face was last seen.
        var isCutAtEnd: Bool
    }

    private let on: Float
    private let off: Float
    private let least: Double
    private let gap: Double
    private var isFresh = true
    private var isActive = false
    private var hasRisen = false
    private var segment = Segment(
        onset: 0, apex: 0, offset: 0, peak: 0, mean: 0, isCutAtStart: false, isCutAtEnd: false)
    private var sum: Float = 0
    private var count = 0
    private var fading: (sum: Float, count: Int) = (0, 0)

    /// - Parameters:
    ///   - on: the intensity that makes a segment.
    ///   - off: the one below which it ends.
    ///   - least: seconds that it lasts at least.
    ///   - gap: seconds; less between two segments makes them one.
    init(on: Float, off: Float, least: Double, gap: Double) {
        self.on = on
        self.off = min(off, on)
        self.least = least
        self.gap = gap
    }

    /// Takes the next frame.
    ///
    /// - Parameter value: the intensity; not a number while the unit cannot be read.
    /// - Returns: the segment that is known to have ended.
    mutating func update(time: Double, value: Float) -> Segment? {
        defer { isFresh = value.isNaN }
        guard isActive else {
            begin(time, value)
            return nil
        }
        if value.isNaN {
            guard time - segment.offset > gap else { return nil }
            // Nothing was seen of how it ended, unless it had fallen before.
            return ended(isCut: fading.count == 0)
        }
        guard fading.count == 0 else { return fade(time, value) }
        guard value < off else {
            extend(time, value)
            return nil
        }
        guard hasRisen else {
            isActive = false
            return nil
        }
        fading = (value, 1)
        return nil
    }

    /// Ends the stream: the face is lost, or time broke.
    mutating func end() -> Segment? {
        defer { isFresh = true }
        guard isActive else { return nil }
        return ended(isCut: fading.count == 0)
    }

    private mutating func fade(_ time: Double, _ value: Float) -> Segment? {
        if time - segment.offset > gap {
            let done = ended(isCut: false)
            begin(time, value)
            return done
        }
        guard value >= on else {
            fading = (fading.sum + value, fading.count + 1)
            return nil
        }
        sum += fading.sum
        count += fading.count
        fading = (0, 0)
        extend(time, value)
        return nil
    }

    private mutating func begin(_ time: Double, _ value: Float) {
        guard value >= off else { return }
        isActive = true
        hasRisen = false
        (sum, count) = (0, 0)
        fading = (0, 0)
        segment = Segment(
            onset: time, apex: time, offset: time, peak: value, mean: 0, isCutAtStart: isFresh, isCutAtEnd: false)
        extend(time, value)
    }

    private mutating func extend(_ time: Double, _ value: Float) {
        if value >= on { hasRisen = true }
        if value > segment.peak { (segment.peak, segment.apex) = (value, time) }
        segment.offset = time
        sum += value
        count += 1
    }

    private mutating func ended(isCut: Bool) -> Segment? {
        isActive = false
        fading = (0, 0)
        guard hasRisen, segment.offset - segment.onset >= least - 1e-6 else { return nil }
        segment.mean = sum / Float(max(1, count))
        segment.isCutAtEnd = isCut
        return segment
    }
}
