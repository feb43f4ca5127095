import Glibc
import NIOHTTP1
import SystemPackage
import TestSupport
import Testing

@testable import Service

struct HTTPRequestTests {
    private func request(
        _ method: HTTPMethod, _ target: String, version: HTTPVersion = .http1_1, hosts: [String] = [],
        isLocal: Bool = false
    ) -> HTTPRequest {
        let headers = HTTPHeaders(hosts.map { ("hOst", $0) })
        return HTTPRequest(
            HTTPRequestHead(version: version, method: method, uri: target, headers: headers), isLocal: isLocal)
    }

    @Test func pagesAreAskedForByTheirPath() {
        #expect(request(.GET, "/") == .page("/"))
        #expect(request(.GET, "/a?b=c", version: .http1_0, hosts: ["localhost:1"]) == .page("/a"))
        #expect(request(.HEAD, "/m", hosts: ["[::1]"]) == .page("/m"))
    }

    @Test func whatIsNotServedIsRefused() {
        #expect(request(.POST, "/") == .refused(status: 405))
        #expect(request(.RAW(value: "BREW"), "/") == .refused(status: 405))
        #expect(request(.GET, "x") == .refused(status: 400))
        #expect(request(.OPTIONS, "*") == .refused(status: 400))
        #expect(request(.GET, "http://x/") == .refused(status: 400))
        #expect(request(.GET, "/", version: .http2) == .refused(status: 400))
        #expect(request(.GET, "/", hosts: ["localhost", "x"]) == .refused(status: 400))
    }

    @Test func anotherMachinesNameIsRefused() {
        #expect(request(.GET, "/", hosts: ["evil.example"]) == .refused(status: 421))
        #expect(
            request(.GET, "/", hosts: ["evil.example"], isLocal: true) == .page("/"), "nobody is led to a Unix socket")
    }
}

struct HTTPHostTests {
    @Test(arguments: [
        "localhost", "LocalHost:9464", "127.0.0.1", "127.0.0.1:80", "127.9.8.7:65535", "[::1]", "[::1]:9464",
    ])
    func loopbackNames(host: String) {
        #expect(HTTPHost.isLoopback(host))
    }

    @Test(arguments: [
        "", "localhost.evil.example", "evil.example:80", "127.0.0.1.evil.example", "127.0.0.256", "10.0.0.1", "0.0.0.0",
        "127.0.0", "[::1].evil", "[::2]", "::1", "localhost:", "localhost:x", "127.0.0.1:99999", "127.0.0.+1",
        "a@localhost",
    ])
    func otherNames(host: String) {
        #expect(!HTTPHost.isLoopback(host))
    }
}

@Suite(.serialized, .timeLimit(.minutes(30)))
struct HTTPServerTests {
    private func server(_ address: HTTPAddress = .ip4(host: "127.0.0.1", port: 0)) throws -> HTTPServer {
        try HTTPServer(address) { path in
            path == "/big"
                ? HTTPResponse(status: 200, body: String(repeating: "x", count: 3_000_000))
                : HTTPResponse(status: path == "/ok" ? 200 : 404, body: path + "\n")
        }
    }

    private func connect(_ port: UInt16) -> Int32 {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        var target = sockaddr_in()
        target.sin_family = sa_family_t(AF_INET)
        target.sin_port = port.bigEndian
        inet_pton(AF_INET, "127.0.0.1", &target.sin_addr)
        let result = withUnsafePointer(to: &target) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                Glibc.connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        #expect(result == 0)
        return descriptor
    }

    private func read(_ descriptor: Int32) -> String {
        var bytes: [UInt8] = []
        var block = [UInt8](repeating: 0, count: 65_536)
        var request = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
        while poll(&request, 1, 10_000) > 0 {
            let count = recv(descriptor, &block, block.count, 0)
            if count <= 0 { break }
            bytes += block[..<count]
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    private func say(_ text: String, to descriptor: Int32) {
        _ = Array(text.utf8).withUnsafeBytes { send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL)) }
    }

    /// What is answered to bytes that are no proper request.
    private func answer(to bytes: String, _ port: UInt16) -> String {
        let descriptor = connect(port)
        defer { close(descriptor) }
        say(bytes, to: descriptor)
        return read(descriptor)
    }

    private func get(_ path: String, _ port: UInt16, method: String = "GET", host: String = "localhost") -> String {
        let descriptor = connect(port)
        defer { close(descriptor) }
        say("\(method) \(path) HTTP/1.1\r\nHost: \(host)\r\n\r\n", to: descriptor)
        return read(descriptor)
    }

    @Test func pagesAreServed() throws {
        let server = try server()
        defer { server.close() }
        let port = try #require(server.port)
        let answer = get("/ok?x", port)
        #expect(answer.hasPrefix("HTTP/1.1 200 OK\r\n") && answer.hasSuffix("Connection: close\r\n\r\n/ok\n"))
        #expect(answer.contains("Content-Length: 4\r\n"))
        #expect(get("/other", port).hasPrefix("HTTP/1.1 404"))
        #expect(get("/ok", port, method: "HEAD").hasSuffix("\r\n\r\n"))
        #expect(get("/ok", port, method: "DELETE").hasPrefix("HTTP/1.1 405"))
        #expect(get("/big", port).utf8.count > 3_000_000)
        #expect(get("/ok", port, host: "evil.example").hasPrefix("HTTP/1.1 421 Misdirected Request\r\n"))
    }

    @Test(arguments: [
        ("POST / HTTP/1.1\r\n\r\n", 405), ("GET x HTTP/1.1\r\n\r\n", 400), ("GET / HTTP/2.0\r\n\r\n", 400),
        ("GET /\r\n\r\n", 400), ("\u{0}\u{1}\u{2}\n\n", 400), ("GET / HTTP/1.1\r\nHost localhost\r\n\r\n", 400),
        ("GET / HTTP/1.1\r\nHost: localhost\r\nHost: x\r\n\r\n", 400),
        ("GET / HTTP/1.1\r\nHost: localhost\r\nContent-Length: x\r\n\r\n", 400),
        ("GET /" + String(repeating: "x", count: 4_200), 431),
        ("GET / HTTP/1.1\r\nHost: localhost\r\nA: " + String(repeating: "x", count: 100_000) + "\r\n\r\n", 431),
    ])
    func nonsenseIsRefused(bytes: String, status: Int) throws {
        let server = try server()
        defer { server.close() }
        let answer = answer(to: bytes, try #require(server.port))
        #expect(answer.hasPrefix("HTTP/1.1 \(status) ") && answer.hasSuffix("\r\n\r\n\(status)\n"), "\(answer)")
    }

    /// However few bytes come at a time, and whatever follows, a request is answered once.
    @Test func aRequestMayComeInPieces() throws {
        let server = try server()
        defer { server.close() }
        let port = try #require(server.port)
        let descriptor = connect(port)
        for byte in "GET /ok HTTP/1.1\r\nhost: \tlocalhost \r\nA: b\r\n\r" { say(String(byte), to: descriptor) }
        say("\nGET /other HTTP/1.1\r\n\r\nnonsense\u{0}", to: descriptor)
        let answer = read(descriptor)
        close(descriptor)
        #expect(answer.hasPrefix("HTTP/1.1 200 OK\r\n") && answer.hasSuffix("\r\n\r\n/ok\n"), "\(answer)")
        // One that says no more after its request is answered too.
        let halfClosed = connect(port)
        defer { close(halfClosed) }
        say("GET /ok HTTP/1.0\r\n\r\n", to: halfClosed)
        shutdown(halfClosed, Int32(SHUT_WR))
        #expect(read(halfClosed).hasSuffix("\r\n\r\n/ok\n"))
    }

    /// A connection has its time, whether it says nothing or a byte now and then.
    @Test func theSlowAreClosed() throws {
        let server = try server()
        defer { server.close() }
        let port = try #require(server.port)
        let (silent, slow) = (connect(port), connect(port))
        defer { [silent, slow].forEach { close($0) } }
        let start = ContinuousClock.now
        let isClosed = until(seconds: 30) {
            say("G", to: slow)
            var request = pollfd(fd: silent, events: Int16(POLLIN), revents: 0)
            return poll(&request, 1, 100) == 1
        }
        #expect(isClosed && read(silent).isEmpty)
        #expect(ContinuousClock.now - start > .seconds(3))
        #expect(until(seconds: 10) { send(slow, "x", 1, Int32(MSG_NOSIGNAL)) < 0 })
    }

    /// Clients that say nothing, too much, or read nothing do not keep others from being served, however many they are.
    @Test(arguments: [25, 100, 400]) func hostileClientsAreBounded(count: Int) throws {
        let server = try server()
        defer { server.close() }
        let port = try #require(server.port)
        var clients: [Int32] = []
        defer { clients.forEach { close($0) } }
        for index in 0..<count {
            let client = connect(port)
            clients.append(client)
            // The large page costs time to make, which is another matter: a few ask for it.
            switch index < 16 ? index % 4 : 3 {
            case 0: break
            case 1: say("GET /big HTTP/1.1\r\nHost: localhost\r\n\r\n", to: client)
            case 2: say(String(repeating: "x", count: 10_000), to: client)
            default: say("GET /o", to: client)
            }
        }
        // A connection may last 5 s: nobody waits for that. It takes milliseconds; the rest is for machines with much to do.
        for _ in 0..<3 {
            let start = ContinuousClock.now
            #expect(get("/ok", port).hasPrefix("HTTP/1.1 200"))
            #expect(ContinuousClock.now - start < .seconds(Build.isSanitized ? 30 : 3))
        }
    }

    @Test func aUnixSocketIsMadeReplacedAndRemoved() throws {
        let folder = try TemporaryFolder()
        let path = folder.path.appending("http.sock").string
        let first = try server(.unix(path))
        // A living server's socket is not taken away.
        #expect(throws: HTTPServerError.self) { try server(.unix(path)) }
        let answer = try Command.run("curl", "-s", "--max-time", "10", "--unix-socket", path, "http://x/ok")
        #expect(String(decoding: answer, as: UTF8.self) == "/ok\n")
        first.close()
        #expect(access(path, F_OK) != 0)
        // What a killed one left behind is.
        let script = "import socket; s = socket.socket(socket.AF_UNIX); s.bind('\(path)')"
        try Command.run("python3", "-c", script)
        #expect(access(path, F_OK) == 0)
        try server(.unix(path)).close()
    }
}
