import Dispatch
import Media
import Synchronization
import SystemPackage
import TestSupport
import Testing

/// Files with damage of every kind: an error or frames, never a crash and never a hang.
@Suite(.timeLimit(.minutes(30))) struct FuzzTests {
    struct Case: Sendable, CustomTestStringConvertible {
        var file: String
        var arguments: [String]
        var rounds = 25
        var testDescription: String { file }
    }

    static let cases = [
        Case(file: "f.mp4", arguments: ["-c:v", "libx264", "-bf", "2", "-g", "8"]),
        Case(
            file: "fragmented.mp4", arguments: ["-c:v", "libx264", "-g", "8", "-movflags", "frag_keyframe+empty_moov"]),
        Case(file: "f.mkv", arguments: ["-c:v", "libx264", "-g", "8"]),
        Case(file: "f.ts", arguments: ["-c:v", "libx264", "-g", "8"]),
        Case(file: "f.flv", arguments: ["-c:v", "libx264", "-g", "8"]),
        Case(file: "hevc.mp4", arguments: ["-c:v", "libx265", "-x265-params", "log-level=none:keyint=8"]),
        Case(file: "vp9.webm", arguments: ["-c:v", "libvpx-vp9", "-deadline", "realtime", "-g", "8"]),
        Case(file: "av1.mkv", arguments: ["-c:v", "libaom-av1", "-cpu-used", "8", "-g", "8"], rounds: 15),
        Case(file: "f.avi", arguments: ["-c:v", "mjpeg"]),
        Case(file: "f.mpg", arguments: ["-c:v", "mpeg2video", "-g", "8"]),
        Case(file: "f.gif", arguments: []),
        Case(file: "f.jpg", arguments: ["-frames:v", "1", "-update", "1"]),
        Case(file: "f.png", arguments: ["-frames:v", "1", "-update", "1"]),
        Case(file: "f.webp", arguments: ["-frames:v", "1", "-update", "1"]),
    ]

    /// The same on every run.
    private struct Random: RandomNumberGenerator {
        var state: UInt64
        mutating func next() -> UInt64 {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return (state >> 33) | (state << 31)
        }
    }

    /// One kind of damage after the other.
    private func damaged(_ whole: [UInt8], round: Int, _ random: inout Random) -> [UInt8] {
        var bytes = whole
        func place() -> Int { Int.random(in: 0..<max(1, bytes.count), using: &random) }
        switch round % 5 {
        case 0:
            // Bytes here and there, headers among them.
            for _ in 0..<max(2, bytes.count / 400) { bytes[place()] = UInt8.random(in: 0...255, using: &random) }
        case 1:
            // Bits in the header and index only.
            for _ in 0..<6 {
                let near = Int.random(in: 0..<min(800, bytes.count), using: &random)
                bytes[round % 2 == 0 ? near : bytes.count - 1 - near] ^= 1 << UInt8.random(in: 0..<8, using: &random)
            }
        case 2:
            bytes.removeSubrange(place()...)
        case 3:
            // A hole: what follows is shifted.
            let start = place()
            bytes.removeSubrange(start..<min(bytes.count, start + Int.random(in: 1...600, using: &random)))
        default:
            // A piece repeated in another's place, and numbers made huge.
            let (from, to, count) = (place(), place(), Int.random(in: 4...300, using: &random))
            for offset in 0..<count where from + offset < bytes.count && to + offset < bytes.count {
                bytes[to + offset] = bytes[from + offset]
            }
            let huge = place()
            for offset in 0..<4 where huge + offset < bytes.count { bytes[huge + offset] = 0xff }
        }
        return bytes
    }

    @Test(arguments: cases) func damagedFilesNeitherCrashNorHang(_ item: Case) throws {
        let clips = try Clips()
        let whole = try File.read(FilePath(clips.make(item.file, size: "64x48", seconds: 1, item.arguments)))
        var random = Random(state: UInt64(whole.count))
        var opened = 0
        for round in 0..<item.rounds {
            let path = clips.path("damaged-\(item.file)")
            try File.write(damaged(whole, round: round, &random), to: FilePath(path))
            let interrupter = Interrupter()
            let isDone = Mutex(false)
            DispatchQueue.global().asyncAfter(deadline: .now() + 60) {
                if !isDone.withLock({ $0 }) { interrupter.interrupt() }
            }
            defer { isDone.withLock { $0 = true } }
            do throws(MediaError) {
                let source = try MediaSource(path, interrupter: interrupter)
                opened += 1
                var count = 0
                while let frame = try source.next(), count < 5000 {
                    count += 1
                    // Every byte of the frame must be there to be read.
                    #expect(packed(frame.image).count >= frame.width * frame.height)
                }
                #expect(count < 5000)
            } catch {
                #expect(error.code != .interrupted, "round \(round) hangs")
                #expect(!error.reason.isEmpty)
            }
        }
        // The damage is not so great that nothing at all was tried.
        #expect(opened > item.rounds / 5)
    }
}
