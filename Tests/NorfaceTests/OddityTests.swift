import SystemPackage
import TestSupport
import Testing

/// A folder of everything that people keep, in one command.
@Suite(.enabled(if: Norface.isReady, Comment(rawValue: Norface.comment)), .timeLimit(.minutes(30)))
struct OddityTests {
    /// What should become of each, by what becomes of it.
    private func make(_ folder: FilePath) throws -> [String: [String]] {
        try Command.run("mkdir", folder.string)
        let script = Paths.package.appending("Tests/Peers/oddities.py").string
        let output = try Command.run("python3", script, Clips.sample.string, folder.string)
        var expected: [String: [String]] = [:]
        for line in String(decoding: output, as: UTF8.self).split(separator: "\n") {
            let words = line.split(separator: "\t").map(String.init)
            expected[words[0], default: []].append(String(words[1].dropFirst().dropLast()))
        }
        return expected
    }

    @Test func everyOddityIsAnalysedOrNamedWithItsReason() throws {
        let folder = try TemporaryFolder()
        let expected = try make(folder.path.appending("in"))
        let count = { (fate: String) in expected[fate]?.count ?? 0 }
        #expect(expected.values.reduce(0) { $0 + $1.count } >= 60)
        let out = folder.path.appending("out")
        let run = try Norface.analyze(folder.path.appending("in").string, "-o", out.string, "--quiet")
        #expect(run.status == 2)
        func holds(_ what: String, _ number: Int, _ note: String? = nil) -> Bool {
            run.errors.split(separator: "\n").contains { line in
                let words = line.split(separator: " ")
                guard line.hasPrefix("  " + what), let place = words.firstIndex(of: "\(number)") else { return false }
                return note == nil || words[(place + 1)...].joined(separator: " ").hasPrefix(note!)
            }
        }
        #expect(holds("done", count("done") + count("faceless")), "\(run.errors)")
        for (what, fate) in [
            ("of them without faces", "faceless"), ("failed", "failed"), ("incomplete", "incomplete"),
            ("damaged", "damaged"),
        ] {
            #expect(holds(what, count(fate)), "\(what): \(run.errors)")
            for name in expected[fate] ?? [] { #expect(run.errors.contains(name)) }
        }
        let others = expected.filter { !["done", "faceless", "failed", "incomplete", "damaged"].contains($0.key) }
        #expect(others.count >= 10)
        for (reason, names) in others {
            #expect(holds("passed over", names.count, reason), "\(reason): \(run.errors)")
            for name in names { #expect(run.errors.contains("in/\(name)"), "\(name)") }
        }
        // Everything that was done has its own file, its own sidecar and a row of its own.
        let files = String(
            decoding: try Command.run(
                "bash", "-c", "find '\(out)' -type f -printf '%f\\0' | tr -d '\\n' | tr '\\0' '\\n'"),
            as: UTF8.self
        ).split(separator: "\n")
        let whole = count("done") + count("faceless") + count("incomplete") + count("damaged")
        #expect(files.count { $0.hasSuffix(".jsonl") } == whole, "\(files)")
        #expect(files.count { $0.hasSuffix(".meta.json") } == whole && files.count == 2 * whole + 1)
        let table = String(decoding: try File.read(out.appending("summary.csv")), as: UTF8.self).split(separator: "\n")
        let status = { (status: String) in table.filter { $0.contains(",\(status),") } }
        #expect(status("failed").count == count("failed") && status("incomplete").count >= count("incomplete"))
        #expect(table.count > whole)
    }
}
