package import Imaging

/// Tells where a film was cut: the whole frame is another one than before.
///
/// Frames are compared by thumbnails of their luma, of which the mean is taken out, so that a flash or a lamp is no cut. What differs must be
/// much in itself, and much more than what the frames before differed by, so that neither a moving camera nor noise is one.
package struct CutDetector: Sendable {
    /// The thumbnail's size in pixels.
    static let (width, height) = (32, 18)
    /// The least mean difference of a cut, in steps of luma (0-255).
    static let least: Float = 12
    /// How many times the usual difference it must be.
    static let factor: Float = 3
    /// How fast the usual difference follows, per frame.
    static let pace: Float = 0.2

    private var before = [UInt8](repeating: 0, count: width * height)
    private var now = [UInt8](repeating: 0, count: width * height)
    private var hasBefore = false
    /// What frame and frame usually differ by.
    private var usual: Float = 0

    package init() {}

    /// Forgets the past, for a break of the stream.
    package mutating func reset() {
        hasBefore = false
        usual = 0
    }

    /// Takes the next frame; true when a new picture begins with it.
    package mutating func isCut(_ image: PlanarImage) -> Bool {
        let map = AffineMap(
            xx: image.squareWidth / Double(Self.width), xy: 0, x0: 0, yx: 0,
            yy: image.squareHeight / Double(Self.height), y0: 0)
        now.withUnsafeMutableBufferPointer {
            guard let target = $0.baseAddress else { return }
            image.sampleLuma(into: target, width: Self.width, height: Self.height, map: map)
        }
        defer { swap(&before, &now) }
        return judge(difference)
    }

    /// Takes the mean difference of the next frame from the one before; true for a cut.
    private mutating func judge(_ difference: Float) -> Bool {
        guard hasBefore else {
            hasBefore = true
            return false
        }
        let isCut = difference > Self.least && difference > Self.factor * usual
        // The cut itself says nothing of what is usual; the film after it moves as it likes.
        if !isCut { usual += Self.pace * (difference - usual) } else { usual = Self.least / Self.factor }
        return isCut
    }

    /// The mean difference of the two thumbnails, freed of that of their means.
    private var difference: Float {
        var sum = 0
        for place in now.indices { sum += Int(now[place]) - Int(before[place]) }
        let offset = Float(sum) / Float(now.count)
        var total: Float = 0
        for place in now.indices { total += abs(Float(now[place]) - Float(before[place]) - offset) }
        return total / Float(now.count)
    }
}
