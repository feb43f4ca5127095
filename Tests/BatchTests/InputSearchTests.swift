import Batch
import Glibc
import Platform
import SystemPackage
import TestSupport
import Testing

struct InputSearchTests {
    private func make(_ paths: [String], holding text: String = "text\n") throws -> TemporaryFolder {
        let folder = try TemporaryFolder()
        for path in paths {
            let file = folder.path.appending(path)
            try Command.run("mkdir", "-p", file.removingLastComponent().string)
            try File.write(Array(text.utf8), to: file)
        }
        return folder
    }

    private func find(_ arguments: String..., target: InputSearch.Target = .media) throws -> FoundInputs {
        try InputSearch.find(arguments.map { Input(argument: $0) }, target: target)
    }

    /// What was passed over in a folder, by name.
    private func reasons(_ found: FoundInputs, in folder: TemporaryFolder) -> [String: PassedOver.Reason] {
        Dictionary(
            uniqueKeysWithValues: found.passedOver.map {
                (String($0.name.dropFirst(folder.path.string.count + 1)), $0.reason)
            })
    }

    @Test func aFolderStandsForItsVideosAndPicturesInOrder() throws {
        let folder = try make(["b.mp4", "a.MOV", "notes.txt", ".hidden.mp4", "sub/c.mkv", "sub/.git/d.mp4", "e.jpg"])
        let found = try find(folder.path.string)
        #expect(found.inputs.map(\.name) == ["a.MOV", "b.mp4", "e.jpg", "sub/c.mkv"])
        #expect(found.inputs.map { $0.folders.map(\.string) } == [[], [], [], ["sub"]])
        #expect(reasons(found, in: folder) == [".hidden.mp4": .hidden, "notes.txt": .text, "sub/.git": .hidden])
        let jobs = try OutputPlan.jobs(for: found.inputs, output: "out")
        #expect(jobs.last?.destination == .file("out/sub/c.jsonl"))
    }

    @Test(.timeLimit(.minutes(30))) func whatIsNoFileIsNotOpened() throws {
        let folder = try make(["a.mp4", "deep/b.mp4"])
        func path(_ name: String) -> String { folder.path.appending(name).string }
        try Command.run("mkfifo", path("pipe.mp4"))
        try Command.run("ln", "-s", folder.path.string, path("loop"))
        try Command.run("ln", "-s", "nowhere.mp4", path("broken.mp4"))
        try Command.run("ln", "-s", "a.mp4", path("link.mp4"))
        try Command.run("ln", "-s", "/dev/null", path("null.mp4"))
        let found = try find(folder.path.string)
        #expect(found.inputs.map(\.name) == ["a.mp4", "deep/b.mp4", "link.mp4"])
        #expect(
            reasons(found, in: folder)
                == ["pipe.mp4": .pipe, "loop": .linkedFolder, "broken.mp4": .brokenLink, "null.mp4": .device])
        #expect(found.passedOver.allSatisfy { $0.reason.mayBeMedia })
    }

    @Test func filesWhoseNameDoesNotTellAreLookedAt() throws {
        let folder = try make(["results.jsonl", "x.meta.json", "y.jsonl.part", "talk.srt", "anything"])
        func path(_ name: String) -> FilePath { folder.path.appending(name) }
        try Command.run(
            "ffmpeg", "-v", "error", "-f", "lavfi", "-i", "testsrc=d=0.2:s=64x48", "-c:v", "libx264", "-f", "matroska",
            path("recording").string)
        try Command.run(
            "ffmpeg", "-v", "error", "-f", "lavfi", "-i", "testsrc=d=0.2:s=720x576:r=25", "-pix_fmt", "yuv420p",
            path("tape.dv").string)
        try Command.run(
            "ffmpeg", "-v", "error", "-f", "lavfi", "-i", "sine=d=0.2", "-f", "wav", path("sound.wav").string)
        try File.write([], to: path("empty"))
        try File.write(Array("%PDF-1.7 \u{1}\u{2}".utf8), to: path("form.pdf"))
        try File.write((0..<3000).map { UInt8(truncatingIfNeeded: $0 &* 7919) }, to: path("sensor.bin"))
        let found = try find(folder.path.string)
        #expect(found.inputs.map(\.name) == ["recording", "tape.dv"])
        #expect(
            reasons(found, in: folder) == [
                "results.jsonl": .result, "x.meta.json": .result, "y.jsonl.part": .result, "talk.srt": .text,
                "anything": .text, "sound.wav": .sound, "empty": .empty, "form.pdf": .document, "sensor.bin": .unknown,
            ])
    }

    @Test func namesNeedNotBeUTF8() throws {
        let folder = try make([])
        let name = FilePath.Component(
            platformString: "caf".utf8CString.dropLast() + [CChar(bitPattern: 0xE9)] + ".mp4".utf8CString)
        let path = folder.path.appending(try #require(name))
        try File.write(Array("x".utf8), to: path)
        let input = try #require(try find(folder.path.string).inputs.first)
        #expect(input.path == path && input.name == "caf\u{FFFD}.mp4")
        #expect(input.place.hasSuffix("/caf\\xE9.mp4"))
        let job = try #require(try OutputPlan.jobs(for: [input], output: "out").first)
        guard case .file(let file) = job.destination else { return #expect(Bool(false)) }
        #expect(file.nameBytes == Array("out/caf".utf8) + [0xE9] + Array(".jsonl".utf8))
    }

    @Test func whatIsNamedIsTakenAsItIsAndOnce() throws {
        let found = try find(
            "clip.strange", "missing.mp4", "-", "./clip.strange", "rtsp://u:p@h/live", "nowhere/../clip.strange")
        #expect(found.inputs.map(\.location) == ["clip.strange", "missing.mp4", "-", "rtsp://u:p@h/live"])
        #expect(found.inputs.map(\.name) == ["clip.strange", "missing.mp4", "stdin", "rtsp://u:***@h/live"])
    }

    @Test func anEmptyFolderIsAFailureUnlessThereIsMore() throws {
        let folder = try make(["notes.txt"])
        #expect { try find(folder.path.string) } throws: { ($0 as? Failure)?.code == .noInput }
        let found = try find(folder.path.string, "a.mp4")
        #expect(found.inputs.map(\.name) == ["a.mp4"] && found.barren.count == 1)
    }

    @Test func listsAreReadInBothForms() {
        func entries(_ text: String) -> [String] {
            InputList.entries(in: Array(text.utf8)).map { String(decoding: $0, as: UTF8.self) }
        }
        #expect(entries("a.mp4\n\nb c.mp4\r\n") == ["a.mp4", "b c.mp4"])
        #expect(entries("a\nb.mp4\0c.mp4\0\0") == ["a\nb.mp4", "c.mp4"])
        #expect(entries("") == [])
    }

    @Test func aPartOfTheInputsIsStable() throws {
        // Of the reference implementation's own tests.
        #expect(Shard.hash("".utf8) == 0xCBF2_9CE4_8422_2325 && Shard.hash("foobar".utf8) == 0x8594_4171_F739_67E8)
        #expect(Shard("0/3") == nil && Shard("4/3") == nil && Shard("1") == nil && Shard("a/b") == nil)
        let folder = try make((0..<40).map { "s\($0 % 3)/\($0).mp4" })
        let inputs = try find(folder.path.string).inputs
        let parts = try (1...3).map { number in
            let shard = try #require(Shard("\(number)/3"))
            return Set(inputs.filter(shard.takes).map(\.name))
        }
        #expect(parts.allSatisfy { $0.count > 5 } && parts.reduce(0) { $0 + $1.count } == 40)
        try File.write([1], to: folder.path.appending("s0/new.mp4"))
        let more = try find(folder.path.string).inputs
        for (number, part) in parts.enumerated() {
            let shard = try #require(Shard("\(number + 1)/3"))
            #expect(part.isSubset(of: more.filter(shard.takes).map(\.name)))
        }
    }

    @Test func numberedPicturesAreOneVideo() throws {
        let folder = try make([
            "p/f_08.png", "p/f_09.png", "p/f_12.png", "q/a1.jpg", "q/a2.jpg", "q/b1.jpg", "q/b2.jpg", "q/c.jpg",
        ])
        let found = try find(folder.path.string, target: .sequences)
        #expect(found.inputs.map(\.name) == ["p", "q/a%d.jpg", "q/b%d.jpg"])
        #expect(found.inputs.first?.sequence?.gaps == [10...11])
        #expect(reasons(found, in: folder) == ["q/c.jpg": .unnumbered])
        let one = try find(folder.path.appending("q/b%03d.jpg").string, target: .sequences)
        #expect(one.inputs.map(\.name) == ["b%d.jpg"])
        let jobs = try OutputPlan.jobs(for: found.inputs, output: "out")
        #expect(
            jobs.map(\.destination) == [.file("out/p.jsonl"), .file("out/q/a%d.jsonl"), .file("out/q/b%d.jsonl")])
    }
}

struct JobCountTests {
    @Test(
        arguments: [(1, nil, 1), (2, nil, 2), (16, nil, 11), (16, 1 << 30, 2), (16, 1 << 20, 1)] as [(Int, Int64?, Int)]
    )
    func coresAndMemorySayHowMany(cores: Int, memory: Int64?, jobs: Int) {
        #expect(JobCount.count(cores: cores, memory: memory) == jobs)
    }

    @Test func theKernelsFilesAreRead() {
        #expect(MachineShare.allowedCores("Name:\tx\nCpus_allowed:\tff,0000000f\nMems:\t1\n") == 12)
        #expect(MachineShare.quota("150000 100000\n") == 1.5 && MachineShare.quota("max 100000\n") == nil)
        #expect(MachineShare.field("MemAvailable", of: "MemTotal: 9 kB\nMemAvailable:   1234 kB\n") == 1234)
        #expect(MachineShare.cores >= 1 && (MachineShare.memory ?? 1) > 0)
    }
}

struct SeveralLinesTests {
    @Test(arguments: 10..<120)
    func theProgressOfSeveralFitsAndCountsWhatDoesNot(width: Int) {
        let progress = AnalysisProgress(
            records: 8, captured: 40, frames: 100, mediaTime: 4, duration: 10, elapsed: 2)
        let inputs = (1...5).map { number -> (heading: ProgressHeading, progress: AnalysisProgress?) in
            (ProgressHeading(name: "interview-\(number).mp4", number: number, count: 300), number == 5 ? nil : progress)
        }
        let line = ProgressLine.several(inputs, ended: 12, width: width)
        #expect(line.count <= width)
        if width > 60 {
            #expect(line.hasPrefix("[12/300] 5 in work  8.0x  interview-1.mp4 40%") && line.hasSuffix(" more"))
        }
        #expect(ProgressLine.several(inputs, ended: 12, width: nil).hasSuffix("interview-4.mp4 40%, interview-5.mp4"))
    }
}
