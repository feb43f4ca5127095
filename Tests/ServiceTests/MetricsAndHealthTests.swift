import Glibc
import SystemPackage
import TestSupport
import Testing

@testable import Service

struct MetricsTextTests {
    @Test func aPageIsAsPrometheusReadsIt() {
        var page = MetricsText()
        page.begin("x_frames_total", .counter, "Frames \\ of\nall.")
        page.add([("source", "a\"b\\c\nd")], 3)
        page.begin("x_ratio", .gauge, "A part.")
        page.add([], 0.25)
        page.add([("k", "v")], .infinity)
        page.begin("x_seconds", .histogram, "Times.")
        page.add([("s", "1")], bounds: [0.1, 1], counts: [2, 1, 4], sum: 9.5)
        #expect(
            page.text == """
                # HELP x_frames_total Frames \\\\ of\\nall.
                # TYPE x_frames_total counter
                x_frames_total{source="a\\"b\\\\c\\nd"} 3
                # HELP x_ratio A part.
                # TYPE x_ratio gauge
                x_ratio 0.25
                x_ratio{k="v"} +Inf
                # HELP x_seconds Times.
                # TYPE x_seconds histogram
                x_seconds_bucket{s="1",le="0.1"} 2
                x_seconds_bucket{s="1",le="1"} 3
                x_seconds_bucket{s="1",le="+Inf"} 7
                x_seconds_sum{s="1"} 9.5
                x_seconds_count{s="1"} 7

                """)
    }
}

struct HTTPRequestTests {
    @Test(arguments: [
        ("GET / HTTP/1.1\r\nhost:localhost\r\n\r\n", "/", false, ["localhost"]),
        ("GET /a?b=c HTTP/1.0\n\n", "/a", false, []),
        ("HEAD /m HTTP/1.1\r\nHost: \tx \r\nA: b\r\n\r\nrest", "/m", true, ["x"]),
    ])
    func requestsAreRead(text: String, path: String, isHead: Bool, hosts: [String]) {
        let request = HTTPRequest(isHead: isHead, path: path, hosts: hosts)
        #expect(HTTPRequest.read(text.utf8) == .request(request))
        #expect(request.isForThisMachine == (hosts != ["x"]))
        // However few bytes come at a time, the end is found once.
        for count in 0..<text.utf8.count where HTTPRequest.read(text.utf8.prefix(count)) != .more {
            #expect(HTTPRequest.read(text.utf8.prefix(count)) == .request(request))
        }
    }

    @Test(arguments: [
        ("POST / HTTP/1.1\r\n\r\n", 405), ("GET /\r\n\r\n", 400), ("GET x HTTP/1.1\r\n\r\n", 400),
        ("\r\n\r\n", 400), ("GET / HTTP/2.0\r\n\r\n", 400), ("GET  / HTTP/1.1\r\n\r\n", 400),
        ("GET / HTTP/1.1\r\nHost: localhost\r\nHost: x\r\n\r\n", 400),
    ])
    func nonsenseIsRefused(text: String, status: Int) {
        #expect(HTTPRequest.read(text.utf8) == .refuse(status: status))
    }

    @Test func anEndlessHeadIsRefused() {
        #expect(HTTPRequest.read([UInt8](repeating: 0x41, count: HTTPRequest.limit)) == .refuse(status: 431))
        #expect(HTTPRequest.read([0xFF, 0xFE, 10, 10]) == .refuse(status: 400))
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
        // A connection may last 5 s: nobody waits for that.
        for _ in 0..<3 {
            let start = ContinuousClock.now
            #expect(get("/ok", port).hasPrefix("HTTP/1.1 200"))
            #expect(ContinuousClock.now - start < .seconds(4))
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

struct ProcessFactsTests {
    @Test func theSystemTellsOfThisProcess() {
        // Some work, so that there is time to tell of.
        var sum = 0.0
        for index in 0..<2_000_000 { sum += Double(index).squareRoot() }
        let facts = ProcessFacts.now()
        #expect(sum > 0 && facts.cpuSeconds > 0 && facts.cpuSeconds < 100_000)
        #expect(facts.residentBytes > 1 << 20 && facts.threads > 0 && facts.descriptors > 2)
    }
}
