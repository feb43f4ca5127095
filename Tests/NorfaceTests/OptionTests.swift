import Analysis
import JSON
import Records
import SystemPackage
import TestSupport
import Testing

/// What the options of `norface analyze` do, and what the sidecar says of them.
@Suite(.enabled(if: Norface.isReady, Comment(rawValue: Norface.comment)))
struct OptionTests {
    private let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    /// Analyses the short clip, and reads what was written.
    private func analyze(
        _ arguments: String..., clip: FilePath = Clips.short
    ) throws -> (run: Norface.Run, records: [JSONValue], sidecar: JSONValue) {
        let output = folder.path.appending("out.jsonl")
        let run = try Norface.analyze([clip.string, "-o", output.string, "--quiet"] + arguments)
        return (
            run, try Lines(file: output).records,
            try JSONValue(parsing: File.read(folder.path.appending("out.meta.json")))
        )
    }

    private func faces(_ records: [JSONValue]) -> [JSONValue] { records.flatMap { $0["faces"]?.array ?? [] } }

    @Test func whateverTheConfigurationCanSetTheCommandCan() throws {
        let help = try Norface.run(["analyze", "--help"]).output
        let others = [
            "smoothing": "no-smoothing", "baseline": "no-baseline", "smoothing_parameters": "smoothing-parameter",
            "thresholds": "threshold",
        ]
        for key in AnalysisKey.all {
            #expect(help.contains("--\(others[key.name] ?? key.option)"), "\(key.name)")
        }
    }

    @Test func theSidecarTellsEverySetting() throws {
        let (run, records, sidecar) = try analyze("--min-presence", "0.4", "--hash")
        #expect(run.status == 0 && records.count == 25, "\(run.errors)")
        let open = ["max_rate", "zones", "mask", "smoothing_parameters", "thresholds"]
        for key in AnalysisKey.all where !open.contains(key.name) {
            #expect(sidecar["settings"]?[key.name]?.string != nil, "\(key.name)")
        }
        #expect(sidecar["settings"]?["min_presence"]?.string == "0.4")
        #expect(sidecar["started"]?.string != nil)
        guard case .object(let networks)? = sidecar["front_end"],
            case .object(let bundle)? = sidecar["model"]?["sha256"]
        else {
            Issue.record("no digests")
            return
        }
        #expect(networks.count == 6 && bundle.count == 2)
        let digest = String(decoding: try Command.run("sha256sum", Clips.short.string), as: UTF8.self).prefix(64)
        let video = sidecar["video"]
        #expect(video?["sha256"]?.string == String(digest))
        #expect(video?["codec"]?.string == "h264" && video?["pixel_aspect"]?.string == "1:1")
        #expect(video?["clock"]?.string == "none" && video?["rotation"]?.integer == 0)
    }

    @Test func facesCountWithinTheZonesAndNotBehindTheMask() throws {
        let (_, all, _) = try analyze()
        let boxes = faces(all).compactMap { $0["box"]?.array?.compactMap(\.number) }
        let middle = (boxes[0][0] + boxes[0][2] / 2) / Double(all[0]["width"]?.integer ?? 0)
        let (left, right) = ("0,0 0.5,0 0.5,1 0,1", "0.5,0 1,0 1,1 0.5,1")
        let (here, elsewhere) = middle < 0.5 ? (left, right) : (right, left)
        let (run, some, sidecar) = try analyze("--zones", here)
        #expect(run.status == 0 && faces(some).count == boxes.count)
        #expect(sidecar["settings"]?["zones"]?.string?.hasPrefix(middle < 0.5 ? "0.0,0.0" : "0.5,0.0") == true)
        #expect(faces(try analyze("--zones", elsewhere).1).isEmpty)
        #expect(faces(try analyze("--mask", "0,0 1,0 1,1 0,1").1).isEmpty)
        #expect(faces(try analyze("--mask", "0,0 0.01,0 0.01,0.01 0,0.01").1).count == boxes.count)
        #expect(try Norface.analyze(Clips.short.string, "--zones", "0,0 1,1").status == 64)
    }

    @Test func aThresholdDecidesWhatIsPresent() throws {
        let (low, some, sidecar) = try analyze("--threshold", "AU12=0.001", "--threshold", "AU25=5")
        #expect(low.status == 0 && sidecar["settings"]?["thresholds"]?.string == "AU12=0.001,AU25=5.0")
        for face in faces(some) {
            let present = face["present"]?.array?.compactMap(\.string) ?? []
            #expect(!present.contains("AU25"))
            let au12 = face["au"]?["AU12"]?.number ?? 0
            if au12 >= 0.001 { #expect(present.contains("AU12")) }
        }
        #expect(try Norface.analyze(Clips.short.string, "--threshold", "AU99=1").status == 64)
        #expect(try Norface.analyze(Clips.short.string, "--threshold", "smile=1").status == 64)
        #expect(try Norface.analyze(Clips.short.string, "--threshold", "AU12=7").status == 64)
    }

    @Test func withoutABaselineNothingIsTakenOff() throws {
        let (run, records, sidecar) = try analyze("--no-baseline", "--no-smoothing")
        #expect(run.status == 0 && sidecar["settings"]?["baseline"]?.string == "off")
        let all = faces(records)
        #expect(!all.isEmpty && all.allSatisfy { $0["baseline"]?.string == "off" })
        for face in all {
            guard case .object(let units)? = face["au"] else { continue }
            for unit in units {
                let raw = face["au_raw"]?[unit.key]?.number ?? -1
                #expect(abs((unit.value.number ?? 0) - raw) < 0.002)
            }
        }
        #expect(try Norface.analyze(Clips.short.string, "--no-baseline", "--neutral-at", "1").status == 64)
    }

    @Test func facesOfTooLittleQualityAreLeftOutAndCounted() throws {
        let (run, records, _) = try analyze("--min-quality", "1")
        let kept = faces(records).count
        #expect(run.status == 0 && records.count == 25)
        #expect(faces(records).allSatisfy { $0["quality"]?.number == 1 })
        #expect(run.errors.contains("\(25 - kept) faces of too little quality were left out") || kept == 25)
        let dark = folder.path.appending("dark.mp4")
        try Command.run(
            "ffmpeg", "-v", "error", "-y", "-i", Clips.short.string, "-vf", "boxblur=6", "-c:v", "libx264", dark.string)
        let blurred = try analyze("--min-quality", "1", clip: dark)
        #expect(faces(blurred.records).isEmpty)
        #expect(blurred.run.errors.contains("25 faces of too little quality were left out"), "\(blurred.run.errors)")
    }

    @Test func aNeutralMomentWithoutAFaceIsToldAndWrittenDown() throws {
        let (late, _, sidecar) = try analyze("--neutral-at", "99")
        #expect(late.status == 0)
        #expect(
            late.errors.contains("nobody was seen at or after 1:39.0: no neutral face was frozen"), "\(late.errors)")
        #expect(sidecar["complete"]?["neutral"]?["faces"]?.integer == 0)
        let (good, _, second) = try analyze("--neutral-at", "0.4")
        #expect(good.errors.isEmpty && second["complete"]?["neutral"]?["faces"]?.integer == 1)
        #expect(second["complete"]?["neutral"]?["pts"]?.number == 0.4)
    }

    @Test func aPartOfARecordingIsAnalysed() throws {
        let (run, records, sidecar) = try analyze("--start", "0:00.2", "--end", "0.6")
        #expect(run.status == 0 && run.errors.isEmpty, "\(run.errors)")
        #expect(records.count == 10 && records.first?["pts"]?.number == 0.2 && records.last?["pts"]?.number == 0.56)
        #expect(sidecar["settings"]?["start"]?.string == "0.2" && sidecar["complete"] != nil)
        let beyond = try Norface.analyze(Clips.short.string, "--start", "30")
        #expect(beyond.status != 0 && beyond.errors.contains("there is no frame from 30.0 s"), "\(beyond.errors)")
    }

    @Test func theUsersAspectTakesTheRecordingsPlace() throws {
        let wide = folder.path.appending("wide.mp4")
        let bare = folder.path.appending("bare.mp4")
        let command = ["ffmpeg", "-v", "error", "-y", "-i", Clips.short.string, "-c:v", "libx264", "-crf", "8", "-vf"]
        try Command.run(command + ["scale=320:360,setsar=2/1", wide.string])
        try Command.run(command + ["scale=320:360,setsar=1/1", bare.string])
        let told = try analyze(clip: wide)
        let given = try analyze("--aspect", "16:9", clip: bare)
        #expect(given.sidecar["video"]?["pixel_aspect"]?.string == "2:1")
        #expect(given.sidecar["video"]?["aspect_given"] == .bool(true))
        let poses = [told, given].map { faces($0.records).compactMap { $0["yaw"]?.number } }
        #expect(!poses[0].isEmpty && poses[0] == poses[1])
        #expect(try Norface.analyze(bare.string, "--aspect", "0:9").status == 64)
    }

    @Test func theUsersTimeStandsInTheRecords() throws {
        let (_, records, sidecar) = try analyze("--start-time", "2026-05-01T11:30:00+02:00")
        #expect(records.first?["time"]?.string == "2026-05-01T09:30:00.000Z")
        #expect(records.last?["time"]?.string == "2026-05-01T09:30:00.960Z")
        #expect(sidecar["video"]?["clock"]?.string == "given")
        #expect(sidecar["video"]?["recorded"]?.string == "2026-05-01T09:30:00.000Z")
        let (bare, none, _) = try analyze("--start-time", "tag")
        #expect(none.first?["time"]?.string == nil && bare.errors.contains("no tag says when it was recorded"))
    }

    @Test func theBundleIsVerifiedToo() throws {
        let run = try Norface.run(["models", "verify"])
        #expect(run.status == 0 && run.output.contains("norface-s") && run.output.contains("norface-faces"))
        #expect(run.output.split(separator: "\n").count == 5)
    }
}
