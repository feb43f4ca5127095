import JSON
import Platform
import Records
import SystemPackage
import TestSupport
import Testing

/// `norface analyze --events`, `--landmarks` and `--head` as people run them.
@Suite(.enabled(if: Norface.isReady, Comment(rawValue: Norface.comment)))
struct EventTests {
    private let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    private func path(_ name: String) -> FilePath { folder.path.appending(name) }

    private func events(_ name: String) throws -> [EventRecord] {
        try File.read(path(name)).split(separator: 10).compactMap { try EventRecord(line: $0) }
    }

    @Test func eventsStandBesideTheRecordsAndTheSidecarCountsThem() throws {
        let run = try Norface.analyze(Clips.sample.string, "--events", "-o", path("a.jsonl").string)
        #expect(run.status == 0, "\(run.errors)")
        let events = try events("a.events.jsonl")
        let segments = events.filter { $0.name == .segment }
        #expect(!segments.isEmpty)
        for span in segments.compactMap(\.span) {
            #expect(span.onset <= span.apex && span.apex <= span.offset && span.offset - span.onset > 0.099)
            #expect(span.unit?.hasPrefix("AU") == true && span.peak >= span.mean ?? 9)
        }
        let tally = try JSONValue(parsing: File.read(path("a.meta.json")))["complete"]?["events"]
        #expect(tally?["lines"]?.integer == events.count)
        #expect(tally?["segments"]?.integer == segments.count)
        #expect(tally?["bytes"]?.integer == (try File.read(path("a.events.jsonl"))).count)
        #expect(tally?["remark"] == nil)
        // The records are those of a run without events.
        #expect(try Norface.analyze(Clips.sample.string, "-o", path("b.jsonl").string).status == 0)
        #expect(try File.read(path("a.jsonl")) == File.read(path("b.jsonl")))
        #expect(!path("b.events.jsonl").exists)
    }

    @Test func aRunWhoseEventsAreGoneIsDoneAgain() throws {
        let command = [Clips.short.string, "--events", "--resume", "-o", path("a.jsonl").string]
        #expect(try Norface.analyze(command).status == 0)
        #expect(try Norface.analyze(command).errors.contains("finished before"))
        try Command.run("rm", path("a.events.jsonl").string)
        #expect(try !Norface.analyze(command).errors.contains("finished before"))
        #expect(path("a.events.jsonl").exists)
    }

    @Test func tooFewFramesForBlinksAreTold() throws {
        let run = try Norface.analyze(
            Clips.sample.string, "--events", "--max-rate", "8", "--quiet", "-o", path("a.jsonl").string)
        #expect(run.status == 0 && run.errors.contains("no blinks are told"))
        let tally = try JSONValue(parsing: File.read(path("a.meta.json")))["complete"]?["events"]
        #expect(tally?["blinks"]?.integer == 0)
        #expect(tally?["remark"]?.string?.contains("no blinks are told") == true)
        #expect(try events("a.events.jsonl").contains { $0.name == .blinksUnwatched })
        let faces = try Lines(file: path("a.jsonl")).records.flatMap { $0["faces"]?.array ?? [] }
        #expect(!faces.isEmpty && faces.allSatisfy { $0["speaking"] == .null })
    }

    @Test func landmarksAndHeadComeWhereTheyAreAskedFor() throws {
        for offline in [[], ["--offline"]] {
            let run = try Norface.analyze([Clips.short.string, "--landmarks", "68", "--head"] + offline)
            #expect(run.status == 0, "\(run.errors)")
            let faces = try Lines(run.output).records.flatMap { $0["faces"]?.array ?? [] }
            #expect(!faces.isEmpty)
            for face in faces {
                let points = face["landmarks"]?.array?.compactMap(\.number) ?? []
                let box = face["box"]?.array?.compactMap(\.number) ?? []
                #expect(points.count == 136 && box.count == 4)
                let x = stride(from: 0, to: points.count, by: 2).map { points[$0] }
                #expect((x.min() ?? 0) >= box[0] - 0.2 && (x.max() ?? 0) <= box[0] + box[2] + 0.2)
                // The subject's right eye is on the image's left, as nobody is upside down.
                #expect(points[72] < points[90])
                #expect(face["head"]?["z"]?.number ?? 0 > 100)
                #expect(face["derived"] == nil)
            }
        }
        let table = try Norface.analyze(Clips.short.string, "--landmarks", "468", "--format", "csv")
        let header = table.output.split(separator: "\n").first
        #expect(header?.contains("x_467,y_0") == true)
    }

    @Test func valenceAndArousalFollowFromTheRecord() throws {
        for offline in [[], ["--offline"]] {
            let run = try Norface.analyze([Clips.sample.string, "--derived"] + offline)
            #expect(run.status == 0, "\(run.errors)")
            let faces = try Lines(run.output).records.flatMap { $0["faces"]?.array ?? [] }
            #expect(faces.count > 100)
            var highest = 0.0
            for face in faces {
                let emotions = face["emotions"]
                func share(_ name: String) -> Double { emotions?[name]?.number ?? .nan }
                let strongest = ["sadness", "anger", "fear", "disgust"].map(share).max() ?? .nan
                let valence = try #require(face["derived"]?["valence"]?.number)
                #expect(abs(valence - (share("happiness") - strongest)) < 0.001)
                highest = max(highest, try #require(face["derived"]?["arousal"]?.number))
            }
            #expect(highest > 0.2 && highest <= 1)
        }
        let table = try Norface.analyze(Clips.short.string, "--derived", "--format", "csv")
        #expect(table.output.split(separator: "\n").first?.hasSuffix("derived_valence,derived_arousal,markers") == true)
    }

    @Test func whatCannotBeIsRefused() throws {
        #expect(try Norface.analyze(Clips.short.string, "--landmarks", "5").status == 64)
        #expect(try Norface.analyze(Clips.short.string, "--focal", "900").status == 64)
        #expect(try Norface.analyze(Clips.short.string, "--events", "--format", "csv").status == 64)
    }
}
