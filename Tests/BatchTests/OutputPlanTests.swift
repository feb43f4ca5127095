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

    private func named(_ arguments: String...) -> [Input] { arguments.map(Input.init(argument:)) }

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

    @Test func filesThatWouldMeetKeepMoreOfTheirNames() throws {
        #expect(
            try files(named("a.mp4", "a.mov", "b.mp4"), output: "out")
                == ["out/a.mp4.jsonl", "out/a.mov.jsonl", "out/b.jsonl"])
        #expect(
            try files(named("p1/a.mp4", "../p2/a.mp4"), output: "out")
                == ["out/p1/a.mp4.jsonl", "out/p2/a.mp4.jsonl"])
    }

    @Test func whatStillMeetsIsRefused() {
        #expect(throws: Failure.self) { try files(named("p/a.mp4", "../p/a.mp4"), output: "out") }
    }

    @Test func namesOfURLsAreMadeFit() throws {
        let inputs = named("http://host/a/b.mp4?x=1", "c.mp4")
        #expect(try files(inputs, output: "out").allSatisfy { $0.split(separator: "/").count == 2 })
    }
}

struct InputSearchTests {
    private func make(_ paths: [String]) throws -> TemporaryFolder {
        let folder = try TemporaryFolder()
        for path in paths {
            let file = folder.path.appending(path)
            try Command.run("mkdir", "-p", file.removingLastComponent().string)
            try File.write([], to: file)
        }
        return folder
    }

    @Test func aFolderStandsForItsVideosAndPicturesInOrder() throws {
        let folder = try make(["b.mp4", "a.MOV", "notes.txt", ".hidden.mp4", "sub/c.mkv", "sub/.git/d.mp4", "e.jpg"])
        let inputs = try InputSearch.find([folder.path.string])
        #expect(inputs.map(\.name) == ["a.MOV", "b.mp4", "e.jpg", "c.mkv"])
        #expect(inputs.map(\.folders) == [[], [], [], ["sub"]])
        let jobs = try OutputPlan.jobs(for: inputs, output: "out")
        #expect(jobs.last?.destination == .file("out/sub/c.jsonl"))
    }

    @Test func linksToFoldersAreNotFollowed() throws {
        let folder = try make(["a.mp4"])
        try Command.run("ln", "-s", folder.path.string, folder.path.appending("loop").string)
        #expect(try InputSearch.find([folder.path.string]).map(\.name) == ["a.mp4"])
    }

    @Test func whatIsNamedIsTakenAsItIsAndOnce() throws {
        let inputs = try InputSearch.find(["clip.strange", "missing.mp4", "-", "clip.strange", "rtsp://u:p@h/live"])
        #expect(inputs.map(\.location) == ["clip.strange", "missing.mp4", "-", "rtsp://u:p@h/live"])
        #expect(inputs.map(\.name) == ["clip.strange", "missing.mp4", "stdin", "rtsp://u:***@h/live"])
    }

    @Test func anEmptyFolderIsAFailure() throws {
        let folder = try make(["notes.txt"])
        #expect { try InputSearch.find([folder.path.string]) } throws: { ($0 as? Failure)?.code == .noInput }
    }
}
