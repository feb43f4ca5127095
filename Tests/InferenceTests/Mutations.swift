/// Damages to files, the same in every run: what a fuzzer without feedback does, quick enough for every test run. The fuzzer with
/// feedback is the package `Fuzzing`; what it finds is kept in `Tests/Fixtures/fuzz/models`.
struct Mutations {
    private var state: UInt64

    init(seed: UInt64 = 88_172_645_463_325_252) { state = seed }

    mutating func next(_ limit: Int) -> Int {
        state ^= state << 13
        state ^= state >> 7
        state ^= state << 17
        return Int(state % UInt64(max(limit, 1)))
    }

    /// A file with one to six damages: bytes changed, runs removed, doubled or overwritten by others of the file, the end cut off.
    mutating func damaged(_ file: [UInt8]) -> [UInt8] {
        var bytes = file
        for _ in 0..<1 + next(6) where !bytes.isEmpty {
            let place = next(bytes.count)
            let run = min(1 + next(12), bytes.count - place)
            switch next(8) {
            case 0: bytes.removeSubrange(place..<place + run)
            case 1: bytes.insert(contentsOf: bytes[place..<place + run], at: next(bytes.count))
            case 2:
                let from = next(bytes.count - run + 1)
                bytes.replaceSubrange(place..<place + run, with: Array(bytes[from..<from + run]))
            case 3: if next(4) == 0 { bytes.removeSubrange(place...) }
            case 4: bytes[place] = [0, 1, 0x7f, 0x80, 0xff][next(5)]
            case 5: bytes[place] ^= 1 << UInt8(next(8))
            case 6: bytes[place] = bytes[place] &+ UInt8(next(3)) &- 1
            default: bytes[place] = UInt8(next(256))
            }
        }
        return bytes
    }
}
