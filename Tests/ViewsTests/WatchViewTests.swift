import JSON
import Testing
import Views

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

    @Test func gazeAndWhatIsHiddenAreDrawn() throws {
        let record = Self.record
            .replacing(
                "\"quality\"",
                with:
                    "\"gaze\":{\"yaw\":4.26,\"pitch\":-8.0},\"visible\":{\"mouth_left\":0.1,\"eye_left\":0.9},\"quality\""
            )
            .replacing("\"AU12\":3.5", with: "\"AU12\":null")
        let view = WatchView(columns: 160, rows: 40, hasColour: false)
        let text = view.draw([try JSONValue(parsing: record.utf8)], rates: [:], note: "").joined(separator: "\n")
        #expect(text.contains("gaze 4 -8  quality 0.87  baseline settled  hidden: mouth left"))
        #expect(text.contains("AU12 lip corner puller                 - "))
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
