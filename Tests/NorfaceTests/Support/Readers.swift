import Glibc
import SystemPackage
import TestSupport

/// Programs of others that read our tables.
enum Readers {
    /// The Python of the environment, or the system's.
    static let python = Environment.value("NORFACE_PYTHON") ?? "python3"
    /// Whether Python has pandas.
    static let hasPandas = (try? Command.run(python, "-c", "import pandas")) != nil
    /// Whether R is there.
    static let hasR = (try? Command.run("Rscript", "--version")) != nil
    /// Whether PSPP, which reads SPSS's syntax, is there.
    static let hasPSPP = (try? Command.run("pspp", "--version")) != nil

    /// The blocks of a language in a document.
    static func blocks(_ language: String, in document: String) throws -> [String] {
        let text = String(decoding: try File.read(Paths.package.appending(document)), as: UTF8.self)
        var (found, block): ([String], [Substring]?) = ([], nil)
        // Blocks in lists are indented.
        for line in text.split(separator: "\n", omittingEmptySubsequences: false) {
            let trimmed = line.drop { $0 == " " }
            if trimmed == "```\(language)" {
                block = []
            } else if trimmed == "```", let lines = block {
                let indent =
                    lines.filter { !$0.allSatisfy { $0 == " " } }.map { $0.prefix { $0 == " " }.count }.min() ?? 0
                found.append(lines.map { String($0.dropFirst(indent)) }.joined(separator: "\n") + "\n")
                block = nil
            } else {
                block?.append(line)
            }
        }
        return found
    }

    /// Runs a program in a folder, with a script in a file.
    static func run(_ program: [String], script: String, in folder: FilePath) throws -> String {
        let file = folder.appending("script")
        try File.write(Array(script.utf8), to: file)
        let line = "cd '\(folder)' && exec \(program.map { "'\($0)'" }.joined(separator: " ")) '\(file)'"
        return String(decoding: try Command.run("bash", "-c", line), as: UTF8.self)
    }
}
