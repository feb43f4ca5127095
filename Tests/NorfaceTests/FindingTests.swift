import JSON
import Records
import SystemPackage
import TestSupport
import Testing

/// Where faces are found, and that one is one.
@Suite(.enabled(if: Norface.isReady, Comment(rawValue: Norface.comment)))
struct FindingTests {
    private let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    /// A frame of the sample with one face, with ffmpeg's filter.
    private func picture(_ name: String, _ filter: String) throws -> String {
        let path = folder.path.appending(name).string
        try Command.run(
            "ffmpeg", "-v", "error", "-y", "-ss", "1", "-i", Clips.sample.string, "-frames:v", "1", "-vf", filter, path)
        return path
    }

    private func faces(_ paths: [String], _ options: String...) throws -> [[JSONValue]] {
        let run = try Norface.analyze(paths + ["-q"] + options)
        #expect(run.status == 0, "\(run.errors)")
        return try Lines(run.output).records.map { $0["faces"]?.array ?? [] }
    }

    @Test(.timeLimit(.minutes(30))) func aFaceUpsideDownIsReadAsOneThatStands() throws {
        let square = "crop=300:300:20:40,pad=640:640:170:170:gray"
        let angles = [0, 60, 90, 120, 150, 180, 210, 240, 270, 300]
        let paths = try angles.map { try picture("at\($0).png", "\(square),rotate=\($0)*PI/180:c=gray") }
        let found = try faces(paths).map { $0.first }
        let upright = try #require(found[0])
        for (angle, face) in zip(angles, found) {
            guard let face else { continue }
            let roll = (face["roll"]?.number ?? 0) - (upright["roll"]?.number ?? 0)
            let off = (roll - Double(angle) + 900).truncatingRemainder(dividingBy: 360) - 180
            #expect(abs(off) < 8, "at \(angle): \(roll)")
            guard case .object(let units)? = face["au_raw"] else { continue }
            for unit in units {
                let other = upright["au_raw"]?[unit.key]?.number ?? 0
                #expect(abs((unit.value.number ?? 0) - other) < 1.2, "\(unit.key) at \(angle)")
            }
        }
        #expect(found.count { $0 != nil } >= 9)
    }

    @Test(
        .timeLimit(.minutes(30)), arguments: [(1280, 720), (1920, 1080), (3840, 2160)])
    func smallFacesAreFoundInLargeFrames(width: Int, height: Int) throws {
        // 120 pixels of the sample's become 48.
        let places = [
            (0, 0), (width / 2 - 60, height / 2 - 60), (width - 121, height - 121), (width / 3, height - 140),
        ]
        let paths = try places.map { x, y in
            try picture("\(x)-\(y).png", "crop=300:300:20:40,scale=120:120,pad=\(width):\(height):\(x):\(y):0x506070")
        }
        let found = try faces(paths)
        #expect(found.allSatisfy { $0.count == 1 }, "\(found.map(\.count))")
    }

    @Test func aFaceThatFillsTheFrameIsFound() throws {
        let found = try faces([try picture("full.png", "crop=120:150:111:122,scale=192:192")])
        #expect(found[0].count == 1)
    }
}
