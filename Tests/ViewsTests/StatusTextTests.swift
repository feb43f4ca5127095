import JSON
import Testing
import Views

struct StatusTextTests {
    private static let status = """
        {"v":1,"event":"status","program":"norfaced 0.1.0","pid":42,"uptime":93784.0,"sources":[\
        {"name":"door","input":"rtsp://h/1","state":"streaming","width":640,"height":360,"records":812,"records_per_second":14.96,\
        "faces":1,"dropped":{"thinned":3,"overload":1,"stopped":0},"reconnects":2,"latency_median":0.0121,"latency_p99":0.0312},\
        {"name":"yard","input":"/dev/video0","state":"backoff","problem":"no such device","records":0,"records_per_second":0.0,\
        "faces":0,"dropped":{},"reconnects":9,"latency_median":null,"latency_p99":null}],\
        "outputs":[{"name":"/r.jsonl","healthy":false,"records":5,"dropped":2,"error":"No space left on device"}],"subscribers":3}
        """

    @Test func aTableIsMade() throws {
        let status = try JSONValue(parsing: Self.status.utf8)
        let lines = StatusText.table(status).split(separator: "\n")
        #expect(lines[0] == "norfaced 0.1.0, process 42, up 1 d 2 h, 3 subscribers")
        #expect(
            lines[2].split(separator: " ") == [
                "door", "streaming", "640x360", "15.0", "812", "4", "1", "2", "12", "ms", "31", "ms", "rtsp://h/1",
            ])
        #expect(lines[3].hasSuffix("no such device"))
        #expect(lines[4] == "/r.jsonl: failing: No space left on device, 5 records, 2 lost")
        #expect(!StatusText.isWell(status))
    }
}
