/// Numbers out of the bytes of a fuzzer's input. When they are used up, everything is 0.
struct FuzzBytes {
    private let bytes: UnsafeRawBufferPointer
    private var place = 0

    init(_ bytes: UnsafeRawBufferPointer) {
        self.bytes = bytes
    }

    var isEmpty: Bool { place >= bytes.count }

    /// What is left.
    var rest: UnsafeRawBufferPointer { UnsafeRawBufferPointer(rebasing: bytes[min(place, bytes.count)...]) }

    mutating func byte() -> UInt8 {
        guard place < bytes.count else { return 0 }
        defer { place += 1 }
        return bytes[place]
    }

    /// Any bits.
    mutating func bits() -> UInt64 { (0..<8).reduce(0) { value, _ in value << 8 | UInt64(byte()) } }

    /// A number of ticks: small ones, those at the ends of the range, or any.
    mutating func ticks() -> Int64 {
        let kind = byte()
        switch kind {
        case 0..<160: return (Int64(byte()) - 64) * Int64(kind)
        case 160: return .min
        case 161: return .min + 1
        case 162: return .max
        case 163: return .max - 1
        case 164..<200: return 1 << Int64(kind - 164)
        default: return Int64(bitPattern: bits())
        }
    }

    /// A number of seconds: sensible ones, those that no clock has, or any bits at all.
    mutating func seconds() -> Double {
        let kind = byte()
        switch kind {
        case 0..<160: return (Double(byte()) - 64) * Double(kind) / 25
        case 160: return .nan
        case 161: return .infinity
        case 162: return -.infinity
        case 163: return 9.3e18
        case 164: return -9.3e18
        case 165: return 1e300
        case 166: return .leastNonzeroMagnitude
        case 167..<200: return Double(ticks()) / 90_000
        default: return Double(bitPattern: bits())
        }
    }
}
