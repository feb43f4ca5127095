import JSON
import Records
import Testing
@testable import norface

struct WatchViewTests {
    private static let record = """
        {"v":1,"source":"door","seq":3,"pts":27.06,"epoch":0,"time":null,"dropped":2,"width":640,"height":360,"markers":["s 3"],\
        "faces":[{"track":7,"certain":false,"box":[1,2,3,4],"score":1,"pitch":-3.1,"yaw":11.8,"roll":0.4,"quality":0.87,\
        "au":{"AU06":0.05,"AU12":3.5},"au_raw":{},"au_left":{"AU12":3.4},"au_right":{"AU12":3.6},"present":["AU12"],\
        "emotion":"happiness","emotions":{"neutral":0.04,"happiness":0.93},"baseline":"settled"}]}
        """

    private func draw(columns: Int = 120, rows: Int = 40, colour: Bool = false) throws -> [String] {
        let view = WatchView(columns: columns, rows: rows, hasColour: colour)
        return view.draw([try JSONValue(parsing: Self.record.utf8)], rates: ["door": 14.96], note: "h264 640x360")
    }

    @Test func aFaceIsDrawnWithItsBars() throws {
        let text = try draw().joined(separator: "\n")
        #expect(text.hasPrefix("door  27.1 s  640x360  15.0 records/s  2 lost  [s 3]\n"))
        #expect(text.contains("face 7?  happiness  yaw 12 pitch -3 roll 0  quality 0.87  baseline settled"))
        #expect(text.contains("AU12 lip corner puller    ████████▍    3.5 3.4|3.6"))
        #expect(text.contains("happiness  ███████▌ 0.93"))
        #expect(text.hasSuffix("h264 640x360"))
    }

    /// Nothing is wider or higher than the terminal, however small it is.
    @Test func itFitsTheTerminal() throws {
        for columns in [60, 80, 200] {
            for rows in [2, 5, 24] {
                let lines = try draw(columns: columns, rows: rows)
                #expect(lines.count <= rows)
                #expect(lines.allSatisfy { $0.count <= columns }, "\(lines.map(\.count)) in \(columns)")
            }
        }
    }

    @Test func coloursAreOnlyThereWhenWanted() throws {
        #expect(try draw(colour: true).joined().contains("\u{1B}[1;32m"))
        #expect(try !draw().joined().contains("\u{1B}"))
    }

    @Test(arguments: [(-1.0, ""), (0, ""), (0.5, "██"), (1, "████"), (9, "████"), (0.28, "█▏"), (0.03, "▏")])
    func barsGrowByEighths(part: Double, bar: String) {
        #expect(WatchView.blocks(part, width: 4) == bar)
    }

    @Test func aPlainLineNamesWhatIsStrong() throws {
        let view = WatchView(columns: 80, rows: 24, hasColour: false)
        let line = view.line(try JSONValue(parsing: Self.record.utf8))
        #expect(line.hasSuffix("s: #7 happiness AU12 3.5"))
        #expect(view.line(.object([])) == "? - s: nobody")
    }
}

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
