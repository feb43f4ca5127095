/// The fuzzer's bytes, read as choices. When they are used up every choice is the first.
struct Choices {
    private let bytes: UnsafeBufferPointer<UInt8>
    private var position = 0

    init(_ bytes: UnsafeBufferPointer<UInt8>) { self.bytes = bytes }

    mutating func byte() -> Int {
        guard position < bytes.count else { return 0 }
        defer { position += 1 }
        return Int(bytes[position])
    }

    /// One of `0..<limit`, of at most 256.
    mutating func below(_ limit: Int) -> Int { byte() % limit }

    /// True once in so many times; false when the bytes are used up.
    mutating func once(in count: Int) -> Bool { below(count) == count - 1 }

    mutating func pick<T>(_ list: [T]) -> T { list[below(list.count)] }

    /// Numbers that no model has, at the edges of what integers, kernels and limits hold.
    private static let hostile = [
        -1, -2, Int.max, Int.min, Int.min + 1, 1 << 62, 1 << 32, 1 << 31, 1 << 31 - 1, -1 << 31, 1 << 30, 1 << 24,
        1 << 24 - 1,
        1 << 23, 1 << 20, 1 << 20 - 1, 1 << 16, 1 << 15, 1 << 15 - 1, 0, 127, 255, -1 << 62, 46341, 3_037_000_500,
    ]

    /// A number of a model, from `low` on; one in eight is hostile.
    mutating func number(from low: Int = 1, _ range: Int = 3) -> Int {
        once(in: 8) ? pick(Choices.hostile) : low + below(range)
    }

    mutating func numbers(_ count: Int, from low: Int = 1, _ range: Int = 3) -> [Int] {
        var list: [Int] = []
        for _ in 0..<count + (once(in: 32) ? 1 : 0) { list.append(number(from: low, range)) }
        return list
    }

    mutating func float() -> Float {
        pick([
            1, 2, 0.5, 0, -1, 1.5, 3, .nan, .infinity, -.infinity, 1e30, 1e-30, -1e30, .leastNonzeroMagnitude, 0.3333,
            100_000,
        ])
    }

    mutating func floats(_ count: Int) -> [Float] {
        var list: [Float] = []
        for _ in 0..<count { list.append(once(in: 4) ? float() : Float(1 + below(4))) }
        return list
    }

    /// The extents of a small tensor.
    mutating func extents(_ rank: Int) -> [Int] {
        var list: [Int] = []
        for _ in 0..<rank { list.append(1 + below(5)) }
        return list
    }
}
