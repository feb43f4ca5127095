import JSON
import Records
import SystemPackage
import TestSupport
import Testing

/// `norface analyze` as it looks in a terminal, which is a real one.
@Suite(.enabled(if: Norface.isReady, Comment(rawValue: Norface.comment)))
struct TerminalTests {
    /// What a terminal was sent, and how the program ended.
    private struct Session {
        var text: String
        var status: Int?
        var survived: Int?
        var seconds: Double

        init(_ options: [String], _ arguments: String...) throws {
            let script = Paths.package.appending("Tests/Peers/terminal.py").string
            let program = [Norface.executable.string, "analyze", "--bundle", Norface.bundle.string] + arguments
            let output = try Command.run(["/usr/bin/python3", script] + options + ["--"] + program)
            let value = try JSONValue(parsing: output)
            text = value["text"]?.string ?? ""
            status = value["status"]?.integer
            survived = value["survived"]?.integer
            seconds = value["seconds"]?.number ?? .infinity
        }

        /// What is left to be read in the end: a terminal's lines, of which `\r` begins the last one anew and `ESC [ K` erases the rest.
        var screen: [String] {
            var lines: [[Character]] = [[]]
            var column = 0
            // Scalars, since Swift takes "\r\n" for one character.
            var rest = text.replacing("\u{1b}[K", with: "\u{7f}").unicodeScalars[...]
            while let scalar = rest.popFirst() {
                switch scalar {
                case "\r": column = 0
                case "\n": lines.append([])
                case "\u{7f}": lines[lines.count - 1].removeSubrange(min(column, lines[lines.count - 1].count)...)
                default:
                    if column < lines[lines.count - 1].count {
                        lines[lines.count - 1][column] = Character(scalar)
                    } else {
                        lines[lines.count - 1].append(Character(scalar))
                    }
                    column += 1
                }
            }
            return lines.map { String($0) }
        }
    }

    /// Frames, media time, speed, time left.
    private static var bar: Regex<Substring> {
        #/\d+/\d+ frames  \d+:\d\d\.\d/\d+:\d\d\.\d  \d+\.\dx  \d+:\d\d\.\d left/#
    }

    @Test func theBarTellsFramesMediaTimeSpeedAndTimeLeftAndIsWipedAway() throws {
        let session = try Session([], Clips.several.string)
        #expect(session.status == 0)
        let bars = session.text.split(separator: "\r\u{1b}[K").filter { $0.contains("frames") && $0.contains("[") }
        #expect(bars.count >= 3)
        #expect(bars.contains { $0.contains(Self.bar) })
        // It grows, and stays within the line.
        let lengths = bars.compactMap { bar in bar.contains("#") || bar.contains("-") ? bar.count { $0 == "#" } : nil }
        #expect(lengths == lengths.sorted() && lengths.first != lengths.last)
        #expect(bars.allSatisfy { $0.count < 120 })
        let screen = session.screen
        #expect(screen.count == 2 && screen[1].isEmpty)
        #expect(screen[0].hasPrefix("norface: several.mp4: ") && screen[0].contains("records"))
    }

    @Test func aNarrowTerminalHasALineThatFits() throws {
        let session = try Session(["--columns", "40"], Clips.several.string)
        let bars = session.text.split(separator: "\r\u{1b}[K").filter { $0.contains("frames") && !$0.contains("\n") }
        #expect(bars.count >= 3)
        #expect(bars.allSatisfy { $0.count < 40 })
    }

    @Test func quietSaysNothingAtAll() throws {
        let session = try Session([], "--quiet", Clips.sample.string)
        #expect(session.status == 0)
        #expect(session.text.isEmpty)
    }

    @Test func aKeyStopsInOrderAndLeavesTheTerminalClean() throws {
        let session = try Session(["--interrupts", "1"], Clips.long.string)
        #expect(session.status == 130 && session.survived == 0)
        // The terminal itself shows the key.
        let screen = session.screen.map { $0.replacing("^C", with: "") }
        #expect(screen.count == 2 && screen[1].isEmpty)
        #expect(screen[0].contains("stopped"))
    }

    /// The first waits for what nobody reads; the second does not.
    @Test func theSecondKeyEndsAtOnceAndLeavesTheTerminalClean() throws {
        let session = try Session(["--interrupts", "2", "--stuck-output"], Clips.long.string)
        #expect(session.survived == 1)
        #expect(session.status == 130)
        #expect(session.seconds < 1)
        #expect(session.screen.map { $0.replacing("^C", with: "") } == [""])
    }
}
