internal import Glibc

/// Smooths the units of one track by a window that reaches as far into the future as into the past, so that nothing is shifted in time.
///
/// Each value is the mean of its neighbours, weighed by a Gaussian of their distance in time; those that cannot be read do not count. A moment
/// is given out when the window's half has passed behind it. A fixed ring: nothing is allocated after it was made.
struct UnitWindow: Sendable {
    /// Seconds from the window's middle to its ends.
    static let half = 0.2
    /// The Gaussian's standard deviation, in seconds; and that of the lids, which move faster.
    private static let width = (units: 0.07, lids: 0.03)
    private static let capacity = 64
    /// Moments that are nearer to each other than this are not needed, and would not fit.
    private static let step = 2 * half / Double(capacity - 2)

    private let count: Int
    private let lids: Int?
    private var times: [Double]
    private var values: [Float]
    /// The units at the moment that `advance` came to last; not a number where one cannot be read.
    private(set) var smoothed: [Float]
    private var sums: [Float]
    /// Numbers of the oldest moment, of the next one to be given out, and of the one that comes next.
    private var first = 0
    private var next = 0
    private var end = 0

    /// - Parameters:
    ///   - count: how many units there are.
    ///   - lids: which of them is AU43.
    init(count: Int, lids: Int?) {
        self.count = count
        self.lids = lids
        times = [Double](repeating: 0, count: Self.capacity)
        values = [Float](repeating: 0, count: Self.capacity * count)
        smoothed = [Float](repeating: 0, count: count)
        sums = [Float](repeating: 0, count: count)
    }

    /// Takes the next moment.
    ///
    /// - Parameter units: at least `count` values.
    mutating func push(time: Double, units: [Float]) {
        if end > first, time - times[(end - 1) % Self.capacity] < Self.step { return }
        if end - first == Self.capacity {
            first += 1
            next = max(next, first)
        }
        let slot = end % Self.capacity
        times[slot] = time
        for index in 0..<count { values[slot * count + index] = units[index] }
        end += 1
    }

    /// Goes on to the next moment that is done, and smooths it into `smoothed`.
    ///
    /// - Parameter isLast: whether nothing comes any more, so that all that waits is done.
    /// - Returns: its time; nil when there is none.
    mutating func advance(isLast: Bool = false) -> Double? {
        guard next < end else { return nil }
        let time = times[next % Self.capacity]
        guard isLast || times[(end - 1) % Self.capacity] - time >= Self.half else { return nil }
        while first < next, time - times[first % Self.capacity] > Self.half { first += 1 }
        smooth(time)
        next += 1
        return time
    }

    /// Forgets all.
    mutating func reset() { (first, next, end) = (0, 0, 0) }

    private mutating func smooth(_ time: Double) {
        for index in 0..<count { (smoothed[index], sums[index]) = (0, 0) }
        for number in first..<end {
            let slot = number % Self.capacity
            let distance = times[slot] - time
            guard abs(distance) <= Self.half else { continue }
            let weight = Self.weight(distance, Self.width.units)
            let quick = Self.weight(distance, Self.width.lids)
            for index in 0..<count {
                let value = values[slot * count + index]
                guard !value.isNaN else { continue }
                let weight = index == lids ? quick : weight
                smoothed[index] += weight * value
                sums[index] += weight
            }
        }
        let own = next % Self.capacity
        for index in 0..<count {
            // What cannot be read now is not guessed from its neighbours.
            let isRead = !values[own * count + index].isNaN && sums[index] > 0
            smoothed[index] = isRead ? smoothed[index] / sums[index] : .nan
        }
    }

    private static func weight(_ distance: Double, _ width: Double) -> Float {
        let ratio = distance / width
        return Float(exp(-0.5 * ratio * ratio))
    }
}
