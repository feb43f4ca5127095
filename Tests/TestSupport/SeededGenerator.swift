/// A small deterministic source of random bits (xorshift64*), so that a failing property fails again.
public struct SeededGenerator: RandomNumberGenerator {
    private var state: UInt64

    /// Begins at a seed, which must not be 0.
    public init(seed: UInt64) {
        state = seed
    }

    /// The next 64 bits.
    public mutating func next() -> UInt64 {
        state ^= state >> 12
        state ^= state << 25
        state ^= state >> 27
        return state &* 2_685_821_657_736_338_717
    }
}
