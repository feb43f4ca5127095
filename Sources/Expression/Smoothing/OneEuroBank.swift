internal import Glibc

/// One-Euro filters (G. Casiez, N. Roussel, D. Vogel: 1€ Filter, CHI 2012) for many values, some of which share a cutoff.
///
/// A first-order low-pass whose cutoff rises with the speed of what it filters: steady when nothing moves, quick when something
/// does. Three things differ from the paper's listing:
///
/// - The share of a new value is `1 - exp(-2π fc dt)`, what a continuous first-order filter takes over in `dt`, instead of
///   `1 / (1 + 1 / (2π fc dt))`, which is its approximation for a small `dt`. So the result depends little on the frame rate.
/// - The speed is that of the input (the paper's later listings take the difference from the filtered value, which lags, and the more
///   so the slower the frames come).
/// - Values of one group share the cutoff, that of the fastest of them. They then pass the same linear filter, and what holds
///   between them at the input, such as `left <= whole` or a sum of 1, holds at the output.
struct OneEuroBank: Sendable {
    /// Values that share a cutoff.
    struct Group: Sendable {
        let members: [Int]
        let parameters: SmoothingOptions.OneEuro
    }

    private let groups: [Group]
    /// The filtered values.
    private(set) var values: [Float]
    private var inputs: [Float]
    private var speeds: [Double]
    private var isFresh = true

    /// - Parameter count: how many values there are; each is in one group.
    init(groups: [Group], count: Int) {
        self.groups = groups
        values = [Float](repeating: 0, count: count)
        inputs = values
        speeds = [Double](repeating: 0, count: count)
    }

    /// Forgets the past: the next values pass as they are.
    mutating func reset() { isFresh = true }

    /// Takes the next inputs, `dt` seconds after the last ones.
    mutating func step(_ next: [Float], dt: Double) {
        if isFresh {
            isFresh = false
            for index in values.indices {
                values[index] = next[index]
                inputs[index] = next[index]
                speeds[index] = 0
            }
            return
        }
        // Two frames of one time are as good as two that are a millisecond apart; what matters is that no speed is infinite.
        let dt = max(dt, 0.001)
        for group in groups {
            let speedShare = Self.share(cutoff: group.parameters.speedCutoff, dt: dt)
            var fastest = 0.0
            for member in group.members {
                let speed = Double(next[member] - inputs[member]) / dt
                speeds[member] += speedShare * (speed - speeds[member])
                fastest = max(fastest, abs(speeds[member]))
                inputs[member] = next[member]
            }
            let cutoff = group.parameters.minimumCutoff + group.parameters.beta * fastest
            let share = Float(Self.share(cutoff: cutoff, dt: dt))
            for member in group.members { values[member] += share * (next[member] - values[member]) }
        }
    }

    /// How much of a new value a first-order low-pass takes over in `dt`.
    static func share(cutoff: Double, dt: Double) -> Double { 1 - exp(-2 * .pi * cutoff * dt) }
}
