import Glibc
import JSON
import Platform
import Sinks
import Synchronization
import SystemPackage
import TestSupport
import Testing

/// The client of the socket, against a server that says what the test wants.
@Suite(.timeLimit(.minutes(30))) final class SubscribeClientTests {
    private let folder: TemporaryFolder
    private let path: String
    private let listener: UnixListener

    init() throws {
        folder = try TemporaryFolder()
        path = folder.path.appending("s.sock").string
        listener = try UnixListener.bind(path: FilePath(path))
    }

    /// Our end of the connection that a client made.
    private func accepted() throws -> Int32 {
        var descriptor: Int32?
        #expect(
            until {
                descriptor = try? RealSocketCalls().accept(listener.descriptor)
                return descriptor != nil
            })
        let accepted = try #require(descriptor)
        _ = fcntl(accepted, F_SETFL, 0)
        return accepted
    }

    private func say(_ text: String, to descriptor: Int32) {
        let bytes = Array(text.utf8)
        #expect(send(descriptor, bytes, bytes.count, Int32(MSG_NOSIGNAL)) == bytes.count)
    }

    private func failure(_ body: () throws(Failure) -> Void) -> Failure? {
        do throws(Failure) {
            try body()
            return nil
        } catch {
            return error
        }
    }

    @Test func linesAreWholeHoweverTheyCome() throws {
        let client = try SubscribeClient(path)
        let server = try accepted()
        defer { close(server) }
        say("{\"a\":", to: server)
        #expect(try client.line(within: 50) == nil && !client.isClosed, "half a line is none")
        say("1}\n{\"b\":2}\n\n{", to: server)
        #expect(try client.line(within: 10_000) == Array("{\"a\":1}\n".utf8))
        #expect(try client.line(within: 10_000) == Array("{\"b\":2}\n".utf8))
        #expect(try client.line(within: 10_000) == [10])
        #expect(try client.line(within: 0) == nil)
        for byte in "\"c\":3}\n" { say(String(byte), to: server) }
        #expect(try client.line(within: 10_000) == Array("{\"c\":3}\n".utf8))
    }

    @Test func theEndIsToldApartFromSilence() throws {
        let client = try SubscribeClient(path)
        let server = try accepted()
        #expect(try client.line(within: 20) == nil && !client.isClosed)
        say("last\nhalf", to: server)
        close(server)
        #expect(try client.line() == Array("last\n".utf8))
        #expect(try client.line() == nil && client.isClosed)
        // To send to nobody is an error and no signal.
        let gone = failure { () throws(Failure) in
            for _ in 0..<3 { try client.send { $0.member("status", true) } }
        }
        #expect(gone?.code == .inputOutput && gone?.message.hasPrefix(path) == true)
    }

    @Test func aRequestIsOneLine() throws {
        let client = try SubscribeClient(path)
        let server = try accepted()
        defer { close(server) }
        try client.send { $0.member("marker", "a \"b\"\n") }
        var block = [UInt8](repeating: 0, count: 256)
        let count = recv(server, &block, block.count, 0)
        #expect(String(decoding: block.prefix(max(0, count)), as: UTF8.self) == #"{"marker":"a \"b\"\n"}"# + "\n")
    }

    @Test func aLineThatDoesNotEndIsNotKeptForEver() throws {
        let client = try SubscribeClient(path)
        let server = try accepted()
        let flood = WorkerThread(name: "flood") {
            let block = [UInt8](repeating: 0x78, count: 1 << 16)
            while send(server, block, block.count, Int32(MSG_NOSIGNAL)) > 0 {}
        }
        let error = failure { () throws(Failure) in _ = try client.line() }
        #expect(error?.code == .inputOutput && error?.message.hasSuffix("a line does not end") == true)
        shutdown(server, Int32(SHUT_RDWR))
        flood.join()
        close(server)
    }

    @Test func whoCannotBeReachedIsNamed() throws {
        let missing = failure { () throws(Failure) in _ = try SubscribeClient("/nonexistent/s.sock") }
        #expect(missing?.code == .unavailable && missing?.message == "/nonexistent/s.sock: No such file or directory")
        let long = failure { () throws(Failure) in _ = try SubscribeClient("/" + String(repeating: "x", count: 200)) }
        #expect(long?.code == .usage)
    }
}
