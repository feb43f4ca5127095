internal import Glibc

/// How far one eye is closed beyond its person's own open level, 0-1, from the eye's opening in the landmarks and the network's AU43.
///
///     closure = (min(1, (open - eye) / (0.3 open)) + min(1, (AU43 - low) / 3)) / 2
///
/// `open` is the upper quartile of the opening over some seconds, and no less than its mean of the last third of a second, so that eyes that
/// were cast down and look up again are open at once; `low` is the same of the unit from below. The landmarks follow a closing lid only
/// part of the way, by 15 to 40 % of the opening in full blinks; hence the 0.3. The unit alone would not do either: it is slow to notice
/// half-closed lids. Where the bundle reads no AU43, the first term counts alone.
struct LidSignal: Sendable {
    private static let fall: Float = 0.3
    private static let rise: Float = 3
    /// Seconds after which a level is forgotten to 1/e: of the quartiles, of the means.
    private static let memory = (level: 4.0, mean: 0.3)

    private var open = RunningQuantile(part: 0.75, range: 0...0.64, timeConstant: memory.level)
    private var low = RunningQuantile(part: 0.25, range: 0...5, timeConstant: memory.level)
    private var means: (eye: Float, unit: Float)?

    /// Takes the next frame.
    ///
    /// - Parameters:
    ///   - eye: the eye's opening (`FaceMeasures`).
    ///   - unit: AU43 of this side, 0-5, not smoothed; nil where it is not read.
    ///   - dt: seconds that the frame stands for.
    /// - Returns: how far the eye is closed.
    mutating func update(eye: Float, unit: Float?, dt: Double) -> Float {
        let unit = unit.flatMap { $0.isFinite ? $0 : nil }
        let step = Float(1 - exp(-dt / Self.memory.mean))
        var means = self.means ?? (eye, unit ?? 0)
        means.eye += (eye - means.eye) * step
        means.unit += ((unit ?? means.unit) - means.unit) * step
        self.means = means
        open.add(eye, dt: dt)
        let level = max(open.value ?? eye, means.eye)
        let shut = level > 0 ? min(1, max(0, (level - eye) / (Self.fall * level))) : 0
        guard let unit else { return shut }
        low.add(unit, dt: dt)
        return 0.5 * (shut + min(1, max(0, (unit - min(low.value ?? unit, means.unit)) / Self.rise)))
    }
}
