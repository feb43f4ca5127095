import FuzzTargets
import SystemPackage
import TestSupport
import Testing

/// The fuzzers' seeds and findings, and damaged copies of them, through what the fuzzers feed. It needs no special build.
@Suite(.timeLimit(.minutes(30))) struct ReplayTests {
    @Test(arguments: ["timestamps", "subscribers", "configuration"])
    func seedsAndFindingsAreBorne(name: String) throws {
        let folder = Paths.fixtures.appending("fuzz").appending(name)
        let names = String(decoding: try Command.run("ls", folder.string), as: UTF8.self).split(separator: "\n")
        #expect(!names.isEmpty)
        var random = SeededGenerator(seed: 0xF022)
        for file in names {
            let bytes = try File.read(folder.appending(String(file)))
            feed(bytes, to: name)
            for _ in 0..<100 { feed(damaged(bytes, &random), to: name) }
        }
    }

    private func feed(_ bytes: [UInt8], to name: String) {
        bytes.withUnsafeBytes { bytes in
            switch name {
            case "timestamps": FuzzTargets.timestamps(bytes)
            case "subscribers": FuzzTargets.subscribers(bytes)
            default: FuzzTargets.configuration(bytes)
            }
        }
    }

    private func damaged(_ bytes: [UInt8], _ random: inout SeededGenerator) -> [UInt8] {
        var bytes = bytes
        for _ in 0..<Int.random(in: 1...4, using: &random) {
            let place = Int.random(in: 0...bytes.count, using: &random)
            switch Int.random(in: 0..<3, using: &random) {
            case 0 where place < bytes.count: bytes[place] = UInt8.random(in: 0...255, using: &random)
            case 1: bytes.insert(UInt8.random(in: 0...255, using: &random), at: place)
            default: bytes.removeSubrange(place..<min(bytes.count, place + Int.random(in: 0...20, using: &random)))
            }
        }
        return bytes
    }
}
