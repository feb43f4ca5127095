internal import Platform
public import Records
public import SystemPackage

/// `summary.csv` of a folder of results: one row for each recording and person.
///
/// Rows of results that are still there and were not made anew are kept, so that the table is that of the folder however many runs have
/// filled it.
public final class SummaryTable: Sendable {
    /// Where it is.
    public let path: FilePath
    private let folder: FilePath
    private let columns: SummaryColumns
    private let rows: Guarded<[String: [String]]>
    /// Rows of an earlier run, by the file of results.
    private let old: [String: [String]]

    /// Reads the table that is there, if it has the same columns.
    ///
    /// - Parameters:
    ///   - folder: the folder of results.
    ///   - shard: the part of the inputs that is told of, in a table of its own; nil tells of all.
    public init(folder: FilePath, shard: Shard? = nil, labels: RecordLabels) {
        self.folder = folder
        path = folder.appending(shard.map { "summary-\($0.number)-of-\($0.count).csv" } ?? "summary.csv")
        columns = SummaryColumns(labels: labels)
        rows = Guarded([:])
        old = Self.read(path, header: columns.header)
    }

    /// Takes the rows of a recording.
    func set(_ results: FilePath, recording: String, status: String, note: String = "", _ summary: RecordingSummary?) {
        let name = name(of: results)
        let new = columns.rows(recording: recording, results: name, status: status, note: note, summary)
        rows.withLock { $0[name] = new }
    }

    /// Adds the rows of one more recording whose records are in the same file.
    func add(_ results: FilePath, recording: String, status: String, note: String = "", _ summary: RecordingSummary?) {
        let name = name(of: results)
        let new = columns.rows(recording: recording, results: name, status: status, note: note, summary)
        rows.withLock { $0[name, default: []] += new }
    }

    /// Keeps the rows that tell of a file of results; false when there are none.
    func keep(_ results: FilePath) -> Bool {
        let name = name(of: results)
        guard let rows = old[name] else { return false }
        self.rows.withLock { $0[name] = rows }
        return true
    }

    /// How many rows there are.
    var count: Int { rows.withLock { $0.values.reduce(0) { $0 + $1.count } } }

    /// Writes the table, whole or not at all.
    ///
    /// - Throws: `Failure` with `cannotCreate`.
    func write() throws(Failure) {
        var all = rows.withLock { $0 }
        for (name, rows) in old where all[name] == nil && folder.appending(name).exists { all[name] = rows }
        let text = ([columns.header] + all.sorted { $0.key < $1.key }.flatMap(\.value)).joined(separator: "\n") + "\n"
        do throws(Errno) {
            try FileBytes.write(Array(text.utf8), to: path)
        } catch {
            throw Failure(.cannotCreate, "cannot write \(path): \(error)")
        }
    }

    /// The path of a file of results below the folder.
    private func name(of results: FilePath) -> String {
        var relative = results
        return relative.removePrefix(folder) ? relative.string : results.string
    }

    private static func read(_ path: FilePath, header: String) -> [String: [String]] {
        guard let bytes = try? FileBytes.read(path, limit: 1 << 30) else { return [:] }
        let lines = String(decoding: bytes, as: UTF8.self).split(separator: "\n")
        guard let first = lines.first, first == header else { return [:] }
        var rows: [String: [String]] = [:]
        for line in lines.dropFirst() {
            let cells = SummaryColumns.cells(line, count: 2)
            if cells.count == 2 { rows[cells[1], default: []].append(String(line)) }
        }
        return rows
    }
}
