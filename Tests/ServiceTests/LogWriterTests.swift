import Glibc
import Logging
import SystemPackage
import TestSupport
import Testing

@testable import Service

struct LogWriterTests {
    /// What a writer writes to a file.
    private func lines(
        _ style: LogWriter.Style, level: Logger.Level = .info, _ body: (Logger) -> Void
    ) throws -> [String] {
        let folder = try TemporaryFolder()
        let path = folder.path.appending("log")
        let descriptor = try FileDescriptor.open(
            path, .writeOnly, options: [.create, .append], permissions: .ownerReadWrite)
        defer { try? descriptor.close() }
        body(LogWriter(style: style, level: level, descriptor: descriptor.rawValue).logger("test"))
        return String(decoding: try File.read(path), as: UTF8.self).split(separator: "\n").map(String.init)
    }

    @Test func theJournalGetsPrioritiesAndNoTime() throws {
        let written = try lines(.journal, level: .debug) { logger in
            logger.error("bad\nluck", metadata: ["x": "1", "source": "door"])
            logger.notice("n")
            logger.debug("d")
            logger.trace("never")
        }
        #expect(written == ["<3>bad luck (source=door x=1)", "<5>n", "<7>d"])
    }

    @Test func textHasTimeAndLevel() throws {
        let written = try lines(.text) { $0.info("hello") }
        #expect(written[0].hasSuffix("Z info hello") && written[0].hasPrefix("20"))
    }

    @Test func jsonIsOneObjectALine() throws {
        let written = try lines(.json) { $0.warning("a \"b\"", metadata: ["source": "door", "level": "fake"]) }
        #expect(written[0].hasSuffix(#","level":"warning","message":"a \"b\"","source":"door"}"#))
    }

    @Test func credentialsAreNeverWritten() throws {
        for style in [LogWriter.Style.journal, .text, .json] {
            let written = try lines(style) {
                $0.warning("cannot open rtsp://u:hunter2@h/", metadata: ["url": "http://h/?token=hunter2"])
            }
            #expect(!written.joined().contains("hunter2") && written.joined().contains("***"))
        }
    }

    @Test func theLevelCanBeChangedWhileLoggersLive() {
        let writer = LogWriter(style: .text, level: .error, descriptor: -1)
        let logger = writer.logger("test")
        #expect(logger.logLevel == .error)
        writer.set(style: .json, level: .trace)
        #expect(logger.logLevel == .trace)
    }

    @Test func repeatedWarningsAreCounted() throws {
        let written = try lines(.journal) { logger in
            for _ in 0..<50 { logger.warning("the reader is too slow") }
            for _ in 0..<50 { logger.info("told each time") }
        }
        #expect(written.filter { $0.contains("too slow") }.count == 3)
        #expect(written.filter { $0.contains("each time") }.count == 50)
    }

    @Test func afterAPauseTheNumberOfTheSkippedIsTold() {
        let second: Int64 = 1_000_000_000
        var policy = RepeatPolicy()
        #expect((0..<5).map { policy.admit(now: $0) } == [0, 0, 0, nil, nil])
        #expect(policy.admit(now: 59 * second) == nil)
        #expect(policy.admit(now: 61 * second) == 3)
        // It goes on: one a minute.
        #expect(policy.admit(now: 62 * second) == nil)
        #expect(policy.admit(now: 130 * second) == 1)
    }
}
