internal import SystemPackage

/// One of several parts of the inputs, for as many machines.
///
/// The part of an input is the 64-bit FNV-1a hash (Fowler, Noll and Vo) of its name modulo the number of parts: inputs that are added later change
/// nothing of the others. The name is the path below the folder that was named, or of what was named itself its last name.
public struct Shard: Sendable, Equatable {
    /// Which part, from 1.
    public var number: Int
    /// How many parts there are.
    public var count: Int

    /// Reads `2/8`; nil when it is no such thing.
    public init?(_ text: String) {
        let parts = text.split(separator: "/", omittingEmptySubsequences: false).map { Int($0) }
        guard parts.count == 2, let number = parts[0], let count = parts[1], count > 0, (1...count).contains(number)
        else { return nil }
        self.number = number
        self.count = count
    }

    /// Whether an input belongs to this part.
    public func takes(_ input: Input) -> Bool {
        let names = input.folders.map(\.bytes) + [input.ownName]
        let path = names.joined(separator: [UInt8(ascii: "/")])
        return Self.hash(path) % UInt64(count) == UInt64(number - 1)
    }

    /// FNV-1a, 64 bits.
    package static func hash(_ bytes: some Sequence<UInt8>) -> UInt64 {
        bytes.reduce(0xCBF2_9CE4_8422_2325) { ($0 ^ UInt64($1)) &* 0x0000_0100_0000_01B3 }
    }
}
