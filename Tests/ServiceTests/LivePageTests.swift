import Glibc
import Platform
import Records
import Sinks
import TestSupport
import Testing

@testable import Service

/// The live page over a real connection.
@Suite(.serialized, .timeLimit(.minutes(5))) struct LivePageTests {
    private let page: LivePage
    private let server: HTTPServer
    private let markers = Markers()

    init() throws {
        page = LivePage(
            LivePage.Handlers(
                status: { #"{"event":"status"}"# },
                marker: { [markers] text, source in
                    markers.add("\(source ?? "*"):\(text)")
                    return source != "cellar"
                },
                picture: { $0 == "front door" ? [0xFF, 0xD8, 0xFF, 0xD9] : nil }))
        server = try HTTPServer(.ip4(host: "127.0.0.1", port: 0)) { _ in HTTPResponse(status: 404, body: "no\n") }
        server.page = page
    }

    private func line(_ number: Int, source: String = "door", size: Int = 0) -> EncodedLine {
        let text = #"{"source":"\#(source)","seq":\#(number),"pad":"\#(String(repeating: "x", count: size))"}"# + "\n"
        return EncodedLine(kind: .record, source: source, bytes: Array(text.utf8))
    }

    private func connect(_ request: String) throws -> Connection {
        let connection = try Connection(port: #require(server.port))
        connection.say(request)
        return connection
    }

    private func get(_ path: String) throws -> Connection {
        try connect("GET \(path) HTTP/1.1\r\nHost: localhost\r\n\r\n")
    }

    private func post(_ body: String, header: String = "X-Norface: 1\r\n", host: String = "localhost") throws -> String
    {
        let connection = try connect(
            "POST /marker HTTP/1.1\r\nHost: \(host)\r\n\(header)Content-Length: \(body.utf8.count)\r\n\r\n\(body)")
        return connection.readToEnd()
    }

    @Test func thePageLoadsNothingFromElsewhere() throws {
        let answer = try get("/").readToEnd()
        #expect(answer.hasPrefix("HTTP/1.1 200 OK\r\n"))
        #expect(answer.contains("Content-Security-Policy: default-src 'none'; connect-src 'self';"))
        #expect(answer.contains("<!doctype html>") || answer.contains("<!DOCTYPE html>"))
        // The name of SVG's elements is no address.
        let text = answer.replacing("http://www.w3.org/2000/svg", with: "")
        #expect(!text.contains("http://") && !text.contains("https://"))
        #expect(try get("/status").readToEnd().hasSuffix("{\"event\":\"status\"}\n"))
        #expect(try get("/other").readToEnd().hasPrefix("HTTP/1.1 404"))
    }

    @Test func picturesComeWhereThereAreSome() throws {
        let answer = try get("/picture?source=front%20door&at=3").readToEnd()
        #expect(answer.hasPrefix("HTTP/1.1 200 OK\r\n") && answer.contains("Content-Type: image/jpeg\r\n"))
        #expect(answer.contains("Content-Length: 4\r\n"))
        for path in ["/picture?source=cellar", "/picture", "/picture?source="] {
            #expect(try get(path).readToEnd().hasPrefix("HTTP/1.1 404"), "\(path)")
        }
    }

    @Test func recordsComeAsTheyAreMade() throws {
        let connection = try get("/events?source=door&source=a%20b")
        let head = try connection.read(until: "\r\n\r\n")
        #expect(head.contains("Content-Type: text/event-stream"))
        page.write(line(1))
        page.write(line(2, source: "yard"))
        page.write(line(3, source: "a b"))
        let text = try connection.read(until: "\"seq\":3")
        #expect(text.hasPrefix("data: {\"source\":\"door\",\"seq\":1,\"pad\":\"\"}\n\n"))
        #expect(!text.contains("yard"))
        // A dead page is noticed by its heartbeat.
        _ = try connection.read(until: "\n:\n\n")
    }

    @Test func aSlowPageLosesRecordsAndIsTold() throws {
        let connection = try get("/events")
        _ = try connection.read(until: "\r\n\r\n")
        for number in 0..<2_000 { page.write(line(number, size: 10_000)) }
        #expect(page.status.dropped > 0)
        page.write(line(2_000))
        let text = try connection.read(until: "\"seq\":2000,")
        let told = text.split(separator: "\n").filter { $0.hasPrefix("data: {\"dropped\":") }
            .compactMap { Int($0.filter(\.isNumber)) }.reduce(0, +)
        let seen = text.split(separator: "\n").count { $0.hasPrefix("data: {\"source\"") }
        #expect(told > 0 && told + seen >= 2_000, "\(told) + \(seen)")
    }

    @Test func streamsAreBounded() throws {
        let open = try (0..<LivePage.streamLimit).map { _ in try get("/events") }
        for connection in open { _ = try connection.read(until: "\r\n\r\n") }
        #expect(try get("/events").readToEnd().hasPrefix("HTTP/1.1 503"))
        open[0].close()
        var answer = "HTTP/1.1 503"
        for _ in 0..<100 where answer.hasPrefix("HTTP/1.1 503") {
            let next = try get("/events")
            answer = try next.read(until: "\r\n\r\n")
            usleep(20_000)
        }
        #expect(answer.hasPrefix("HTTP/1.0 200"))
    }

    @Test func aPageThatIsSwitchedOffEndsItsStreams() throws {
        let connection = try get("/events")
        _ = try connection.read(until: "\r\n\r\n")
        server.page = nil
        page.close()
        _ = connection.readToEnd()
        #expect(try get("/").readToEnd().hasPrefix("HTTP/1.1 404"))
    }

    @Test func markersAreTakenFromThePageAlone() throws {
        #expect(try post(#"{"label":"begin"}"#).hasPrefix("HTTP/1.1 204 No Content\r\n"))
        #expect(try post(#"{"label":"begin","source":"door"}"#).hasPrefix("HTTP/1.1 204"))
        #expect(markers.all == ["*:begin", "door:begin"])
        #expect(try post(#"{"label":"x","source":"cellar"}"#).hasPrefix("HTTP/1.1 404"))
        #expect(try post(#"{"label":"begin"}"#, header: "").hasPrefix("HTTP/1.1 405"), "another site's form")
        #expect(try post(#"{"label":"begin"}"#, host: "evil.example").hasPrefix("HTTP/1.1 421"))
        for body in ["", "{", "[]", #"{"label":""}"#, #"{"label":3}"#] {
            #expect(try post(body).hasPrefix("HTTP/1.1 400"), "\(body)")
        }
        #expect(try post(#"{"label":""# + String(repeating: "x", count: 300) + #""}"#).hasPrefix("HTTP/1.1 400"))
        #expect(markers.all.count == 3)
    }
}

/// What was marked.
private final class Markers: Sendable {
    private let list = Guarded<[String]>([])
    var all: [String] { list.withLock { $0 } }
    func add(_ marker: String) { list.withLock { $0.append(marker) } }
}

/// A client's end of a connection.
private final class Connection {
    private var descriptor: Int32
    private var rest = ""

    init(port: UInt16) throws {
        descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        var target = sockaddr_in()
        target.sin_family = sa_family_t(AF_INET)
        target.sin_port = port.bigEndian
        inet_pton(AF_INET, "127.0.0.1", &target.sin_addr)
        let result = withUnsafePointer(to: &target) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        try #require(result == 0)
    }

    deinit { close() }

    func close() {
        if descriptor >= 0 { Glibc.close(descriptor) }
        descriptor = -1
    }

    func say(_ text: String) {
        _ = Array(text.utf8).withUnsafeBytes { send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL)) }
    }

    /// What comes up to and with a text.
    func read(until end: String) throws -> String {
        while true {
            if let range = rest.firstRange(of: end) {
                defer { rest = String(rest[range.upperBound...]) }
                return String(rest[..<range.upperBound])
            }
            let more = try #require(receive(), "\(end.debugDescription) did not come")
            rest += more
        }
    }

    func readToEnd() -> String {
        while let more = receive() { rest += more }
        return rest
    }

    private func receive() -> String? {
        var block = [UInt8](repeating: 0, count: 1 << 20)
        var request = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
        guard poll(&request, 1, 10_000) > 0 else { return nil }
        let count = recv(descriptor, &block, block.count, 0)
        return count > 0 ? String(decoding: block[..<count], as: UTF8.self) : nil
    }
}
