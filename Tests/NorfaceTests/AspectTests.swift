import JSON
import Records
import SystemPackage
import TestSupport
import Testing

/// A recording whose pixels are not square gives what the same recording with square pixels gives.
@Suite(.enabled(if: Norface.isReady, "\(Norface.comment)")) struct AspectTests {
    private let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    /// What is compared of a clip with one face.
    private struct Reading {
        var au: [String: Double] = [:]
        var pose: [Double] = [0, 0, 0]
        var shares: [Double] = [0, 0, 0, 0]
        var frames = 0

        init(_ lines: Lines) {
            for record in lines.records {
                guard let face = record["faces"]?.array?.first else { continue }
                frames += 1
                if case .object(let members) = face["au_raw"] {
                    for member in members { au[member.key, default: 0] += member.value.number ?? 0 }
                }
                for (place, key) in ["pitch", "yaw", "roll"].enumerated() { pose[place] += face[key]?.number ?? 0 }
                let (width, height) = (record["width"]?.number ?? 1, record["height"]?.number ?? 1)
                for (place, value) in (face["box"]?.array ?? []).enumerated() {
                    shares[place] += (value.number ?? 0) / (place % 2 == 0 ? width : height)
                }
            }
            au = au.mapValues { $0 / Double(frames) }
            pose = pose.map { $0 / Double(frames) }
            shares = shares.map { $0 / Double(frames) }
        }
    }

    /// Half a second of the sample, 12 frames, with ffmpeg's filter.
    private func clip(_ name: String, _ filter: String, _ options: [String] = []) throws -> String {
        let path = folder.path.appending(name).string
        try Command.run(
            ["ffmpeg", "-v", "error", "-y", "-ss", "2", "-t", "0.48", "-i", Clips.sample.string, "-an", "-vf", filter]
                + ["-c:v", "libx264", "-crf", "8", "-preset", "ultrafast"] + options + [path])
        return path
    }

    private func read(_ path: String, _ options: String...) throws -> Reading {
        let run = try Norface.run(["analyze", "--bundle", Norface.bundle.string, path] + options)
        #expect(run.status == 0, "\(run.errors)")
        return Reading(try Lines(run.output))
    }

    @Test(
        .timeLimit(.minutes(30)),
        arguments: [
            ("wide.mp4", "scale=1440:1080,setsar=4/3"), ("pal.mkv", "scale=720:576,setsar=64/45"),
            ("half.ts", "scale=320:360,setsar=2/1"), ("tall.mp4", "scale=640:180,setsar=1/2"),
        ])
    func valuesAreThoseOfSquarePixels(name: String, filter: String) throws {
        let square = try read(clip("square.mp4", "null"))
        let other = try read(clip(name, filter))
        #expect(square.frames == 12 && other.frames == 12)
        #expect(square.au.count > 10 && Set(square.au.keys) == Set(other.au.keys))
        for (name, value) in square.au { #expect(abs((other.au[name] ?? -9) - value) < 0.1, "\(name)") }
        let differences = square.au.map { abs((other.au[$0.key] ?? -9) - $0.value) }
        #expect(differences.reduce(0, +) / Double(differences.count) < 0.05)
        for (a, b) in zip(square.pose, other.pose) { #expect(abs(a - b) < 0.5) }
        // Boxes are in stored pixels: as a share of the picture they stay where they are.
        for (a, b) in zip(square.shares, other.shares) { #expect(abs(a - b) < 0.01) }
    }
}
