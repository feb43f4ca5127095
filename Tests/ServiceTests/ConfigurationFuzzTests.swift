import Platform
import Settings
import SystemPackage
import TestSupport
import Testing
@testable import Service

/// Whatever a file holds, reading it ends in a configuration or in an error: never in a crash, and soon.
@Suite(.timeLimit(.minutes(30))) struct ConfigurationFuzzTests {
    /// A small generator whose numbers are the same in every run.
    struct Generator: RandomNumberGenerator {
        var state: UInt64

        mutating func next() -> UInt64 {
            state ^= state << 13
            state ^= state >> 7
            state ^= state << 17
            return state
        }
    }

    private static let pieces = [
        ": ", "\n", "- ", "{", "}", "[", "]", "&a ", "*a", "<<: *a", "!!binary ", "!x ", "|\n", ">\n", "'", "\"", "#",
        "? ", "---",
        "...", "%YAML 1.1\n", "\t", "\u{0}", "\u{85}", "\u{FEFF}", "yes", "12:30", "1e999", "99999999999999999999",
        "none", "~",
        "\\u0000", "0777777777777", "sources", "{source}", "rtsp://a:b@c/", "10s", "1TiB", "-1",
    ]

    private func survive(_ text: String, sourceLocation: SourceLocation = #_sourceLocation) {
        let loaded: LoadedConfiguration
        do throws(ConfigurationError) {
            loaded = try Configurations.load(text)
        } catch {
            #expect(!error.problems.isEmpty && !error.description.isEmpty, sourceLocation: sourceLocation)
            return
        }
        // What was accepted can be printed, and reads back.
        let printed = loaded.report.yaml
        guard !printed.contains("***") else { return }
        do throws(ConfigurationError) {
            let again = try Configurations.load(printed)
            #expect(again.configuration == loaded.configuration, "\(printed)", sourceLocation: sourceLocation)
        } catch {
            Issue.record("what was printed does not read back: \(error)\n\(text)", sourceLocation: sourceLocation)
        }
    }

    @Test func mutatedFilesNeverCrash() throws {
        let seeds = [
            Array(try Configurations.withExamples().utf8),
            Array("sources: {a: {url: /a, analysis: {max_rate: 5}}}\n".utf8),
            Array("outputs:\n  files:\n    r:\n      path: /a/{source}\n      sources: [a, b]\n".utf8),
        ]
        var random = Generator(state: 0x9E37_79B9_7F4A_7C15)
        let rounds = Environment.value("NORFACE_FUZZ_ROUNDS").flatMap { Int($0) } ?? 1_500
        for round in 0..<rounds {
            var bytes = seeds[round % seeds.count]
            for _ in 0..<Int.random(in: 1...6, using: &random) {
                let place = Int.random(in: 0...bytes.count, using: &random)
                switch Int.random(in: 0..<4, using: &random) {
                case 0 where place < bytes.count: bytes[place] = UInt8.random(in: 0...255, using: &random)
                case 1: bytes.insert(contentsOf: Self.pieces.randomElement(using: &random)!.utf8, at: place)
                case 2:
                    let end = min(bytes.count, place + Int.random(in: 0...40, using: &random))
                    bytes.removeSubrange(place..<end)
                default:
                    let end = min(bytes.count, place + Int.random(in: 0...60, using: &random))
                    bytes.insert(contentsOf: bytes[place..<end], at: Int.random(in: 0...place, using: &random))
                }
            }
            survive(String(decoding: bytes, as: UTF8.self))
        }
    }

    /// Texts that were hard once, or look as if they were.
    @Test func theKeptCorpusIsSurvived() throws {
        let folder = Paths.fixtures.appending("configurations")
        let names = try Command.run("ls", folder.string)
        let files = String(decoding: names, as: UTF8.self).split(separator: "\n")
        #expect(files.count >= 8)
        for file in files { survive(String(decoding: try File.read(folder.appending(String(file))), as: UTF8.self)) }
    }

    @Test func deepAndLongTextsEnd() {
        for count in [100, 999, 1_001, 100_000] {
            survive(String(repeating: "[", count: count))
            survive("sources: " + String(repeating: "{a: ", count: count))
            survive(String(repeating: "- ", count: count))
            survive(String(repeating: "? ", count: count))
        }
        survive("log: {level: " + String(repeating: "x", count: 500_000) + "}")
        survive((0..<20_000).map { "k\($0): 1" }.joined(separator: "\n"))
    }
}
