import JSON
import Records
import SystemPackage
import TestSupport
import Testing

/// Recordings that are fetched from a web server are files; streams from there are not.
@Suite(.enabled(if: Norface.isReady, Comment(rawValue: Norface.comment)))
struct RecordingTests {
    private let folder: TemporaryFolder
    private let server: Peer

    init() throws {
        folder = try TemporaryFolder()
        for clip in [Clips.short, Clips.sample] {
            try File.write(File.read(clip), to: folder.path.appending(clip.lastComponent?.string ?? ""))
        }
        // A bare stream states no length of its own.
        try Command.run(
            "ffmpeg", "-v", "error", "-i", Clips.short.string, "-c", "copy", "-bsf:v", "h264_mp4toannexb", "-f", "h264",
            folder.path.appending("bare.h264").string)
        server = try Peer("web_server.py", folder.path.string)
    }

    private func url(_ path: String) -> String { "http://127.0.0.1:\(server.port)/\(path)" }

    /// Records without the source's name.
    private func records(_ run: Norface.Run, named name: String) -> String {
        run.output.replacing("\"source\":\"\(name)\"", with: "\"source\":\"\"")
    }

    @Test(arguments: ["sample.mp4", "bare.h264"])
    func aRecordingIsReadToItsEndAndNothingIsDropped(name: String) throws {
        let run = try Norface.analyze(url("ranges/\(name)"))
        #expect(run.status == 0, "\(run.errors)")
        let file = try Norface.analyze(folder.path.appending(name).string)
        let lines = try Lines(run.output)
        #expect(lines.records.count > 20)
        #expect(lines.records.allSatisfy { $0["dropped"] == .number(0) && $0["time"] == .null })
        #expect(records(run, named: url("ranges/\(name)")) == records(file, named: name))
    }

    @Test func aConnectionThatBreaksIsTakenUpAgain() throws {
        let run = try Norface.analyze(url("cut/sample.mp4"))
        #expect(run.status == 0, "\(run.errors)")
        let file = try Norface.analyze(Clips.sample.string)
        #expect(records(run, named: url("cut/sample.mp4")) == records(file, named: "sample.mp4"))
        // It did break.
        #expect(server.lines.count { $0.starts(with: ["get", "cut"]) } >= 3)
    }

    @Test func aConnectionThatIsLostIsNoEnd() throws {
        let run = try Norface.analyze(url("gone/sample.mp4"))
        #expect(run.status == 74, "\(run.errors)")
        #expect(run.errors.contains("sample.mp4"))
        let lines = try Lines(run.output)
        let file = try Norface.analyze(Clips.sample.string)
        #expect(lines.records.count < (try Lines(file.output)).records.count)
    }

    /// The server sends as fast as it can: nothing of it is late, so all of it waits for the analysis. It does not end by itself.
    @Test func aStreamWithoutAnEndStaysLive() throws {
        try Command.run(
            "ffmpeg", "-v", "error", "-i", Clips.short.string, "-c", "copy", folder.path.appending("short.ts").string)
        let script = """
            timeout -s INT 6 \(Norface.executable) analyze --bundle \(Norface.bundle) --quiet \(url("endless/short.ts"))
            """
        let output = try Command.run("bash", "-c", script + " || [ $? = 124 ]")
        let lines = try Lines(String(decoding: output, as: UTF8.self))
        #expect(lines.records.count > 3)
        #expect(lines.records.allSatisfy { $0["dropped"]?.integer == 0 })
        #expect(lines.records.allSatisfy { $0["time"]?.string != nil })
    }
}
