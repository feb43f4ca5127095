import Batch
import Platform
import Records
import SystemPackage
import TestSupport
import Testing

struct OutputPlanTests {
    private func files(_ inputs: [Input], output: String?, folders: Set<FilePath> = []) throws -> [String] {
        try OutputPlan.jobs(for: inputs, output: output) { folders.contains($0) }.map { job in
            switch job.destination {
            case .standardOutput: "-"
            case .file(let path): path.string
            }
        }
    }

    private func named(_ arguments: String...) -> [Input] { arguments.map { Input(argument: $0) } }

    @Test func withoutAnOutputAllGoesToStandardOutput() throws {
        #expect(try files(named("a.mp4", "b.mp4"), output: nil) == ["-", "-"])
        #expect(try files(named("a.mp4"), output: "-") == ["-"])
    }

    @Test func oneFileGoesToAFile() throws {
        #expect(try files(named("clips/a.mp4"), output: "out.jsonl") == ["out.jsonl"])
        #expect(try files(named("-"), output: "out.jsonl") == ["out.jsonl"])
    }

    @Test func oneFileGoesIntoAFolder() throws {
        #expect(try files(named("clips/a.mp4"), output: "out/") == ["out/a.jsonl"])
        #expect(try files(named("clips/a.mp4"), output: "out", folders: ["out"]) == ["out/a.jsonl"])
        #expect(try files(named("-"), output: "out/") == ["out/stdin.jsonl"])
    }

    @Test func theFormatNamesTheFilesOfAFolder() throws {
        for format in RecordFormat.all {
            let jobs = try OutputPlan.jobs(for: named("x/a.mp4", "y/a.mov"), output: "out", format: format) { _ in false
            }
            #expect(jobs.first?.destination == .file(FilePath("out/a.mp4.\(format.fileExtension)")))
        }
    }

    @Test func theEndOfTheNameChoosesTheFormatUnlessOneIsNamed() {
        func name(_ output: String?, _ format: RecordFormat? = nil, _ otherwise: RecordFormat = .standard) -> String {
            OutputPlan.format(named: format, output: output, otherwise: otherwise).name
        }
        #expect(name("x.csv") == "csv" && name("a/x.CSV") == "csv" && name("x.jsonl", nil, .csv) == "jsonl")
        #expect(name("x.csv", .jsonLines) == "jsonl" && name("x.jsonl", .csv) == "csv")
        #expect(name(nil) == "jsonl" && name("-") == "jsonl" && name("x") == "jsonl" && name("x.csv/") == "jsonl")
        #expect(name(nil, nil, .csv) == "csv")
    }

    @Test func severalFilesGoIntoAFolder() throws {
        #expect(try files(named("x/a.mp4", "y/b.mov"), output: "out") == ["out/a.jsonl", "out/b.jsonl"])
    }

    @Test func aRecordingIsNoCompanionOfAnother() throws {
        #expect(
            try files(named("a.mp4", "a.events.mp4", "a.meta.mov"), output: "out")
                == ["out/a.jsonl", "out/a.events.mp4.jsonl", "out/a.meta.mov.jsonl"])
    }

    @Test func filesThatWouldMeetKeepMoreOfTheirNames() throws {
        #expect(
            try files(named("a.mp4", "a.mov", "b.mp4"), output: "out")
                == ["out/a.mp4.jsonl", "out/a.mov.jsonl", "out/b.jsonl"])
        #expect(
            try files(named("p1/a.mp4", "../p2/a.mp4"), output: "out")
                == ["out/p1/a.mp4.jsonl", "out/p2/a.mp4.jsonl"])
    }

    @Test func whatStillMeetsHasItsWholePath() throws {
        let files = try files(named("p/a.mp4", "../p/a.mp4"), output: "out")
        #expect(Set(files).count == 2 && files.allSatisfy { $0.hasSuffix("/p/a.mp4.jsonl") }, "\(files)")
    }

    @Test func severalInputsDoNotGoToWhatIsNamedLikeOneFile() throws {
        #expect(throws: Failure.self) { try files(named("a.mp4", "b.mp4"), output: "out.jsonl") }
        #expect(try files(named("a.mp4", "b.mp4"), output: "out.jsonl/").first == "out.jsonl/a.jsonl")
        #expect(try files(named("a.mp4", "b.mp4"), output: "o.jsonl", folders: ["o.jsonl"]).first == "o.jsonl/a.jsonl")
    }

    @Test func aListGoesIntoAFolderHoweverShortItIs() throws {
        let jobs = try OutputPlan.jobs(for: named("a.mp4"), output: "out", isList: true) { _ in false }
        #expect(jobs.map(\.destination) == [.file("out/a.jsonl")])
    }

    @Test func recordsTellFilesOfOneNameApart() throws {
        let jobs = try OutputPlan.jobs(for: named("a/x.mp4", "b/x.mp4", "b/y.mp4"), output: nil)
        #expect(jobs.map(\.input.name) == ["a/x.mp4", "b/x.mp4", "y.mp4"])
    }

    @Test func aNameThatIsTooLongIsCutAndStillItsOwn() throws {
        let names = ["a", "b"].map { String(repeating: "é", count: 124) + $0 + ".mp4" }
        let files = try OutputPlan.jobs(for: names.map { Input(argument: $0) }, output: "out") { _ in false }.map {
            job -> String in
            guard case .file(let path) = job.destination else { return "" }
            return path.lastComponent?.string ?? ""
        }
        #expect(
            Set(files).count == 2 && files.allSatisfy { $0.utf8.count <= 235 && !$0.contains("\u{FFFD}") }, "\(files)")
    }

    @Test func namesOfURLsAreMadeFit() throws {
        let inputs = named("http://host/a/b.mp4?x=1", "c.mp4")
        #expect(try files(inputs, output: "out").allSatisfy { $0.split(separator: "/").count == 2 })
    }
}
