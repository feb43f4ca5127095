public import Platform
internal import Records
internal import Synchronization
public import SystemPackage

/// Makes `summary.csv` of a folder of records anew.
public final class SummaryRun: Sendable {
    private let folder: FilePath
    private let console: Console
    private let stopped = Atomic(false)

    /// Makes a run.
    public init(folder: FilePath, console: Console) {
        self.folder = folder
        self.console = console
    }

    /// Ends it; nothing is written then. From any thread.
    public func stop() { stopped.store(true, ordering: .relaxed) }

    private var isStopped: Bool { stopped.load(ordering: .relaxed) }

    /// Reads the records and writes the table.
    ///
    /// - Returns: nil when all went well; `someFailed` when some records could not be read.
    /// - Throws: `Failure` when there are no records, or the table cannot be written.
    public func run() throws(Failure) -> Failure.Code? {
        guard folder.isFolder else { throw Failure(.noInput, "\(folder) is no folder") }
        let inputs = try InputSearch.find(
            [Input(argument: folder.string, path: folder)],
            target: .files(extensions: [RecordFormat.jsonLines.fileExtension], what: "files of records")
        ).inputs
        let files = inputs.compactMap { input in input.path.map { ($0, SummaryReader.labels(of: $0)) } }
        guard let labels = files.compactMap(\.1).first else {
            throw Failure(.noInput, "\(folder): no records with a description (NAME.meta.json) beside them")
        }
        let table = SummaryTable(folder: folder, labels: labels)
        var failed = 0
        for (file, own) in files where !isStopped {
            let recording = file.lastComponent?.stem ?? file.string
            guard own == labels else {
                failed += 1
                let note = own == nil ? "no description beside the records" : "records of another bundle"
                console.say(.warning, "\(file): \(note)")
                table.set(file, recording: recording, status: "failed", note: note, nil)
                continue
            }
            do throws(Failure) {
                try add(file, to: table, labels: labels)
            } catch {
                failed += 1
                console.say(.error, error.message)
                table.set(file, recording: recording, status: "failed", note: error.message, nil)
            }
        }
        if isStopped { return nil }
        try table.write()
        console.say(.info, "\(table.path): \(table.count) rows of \(files.count) files")
        return failed > 0 ? .someFailed : nil
    }

    private func add(_ file: FilePath, to table: SummaryTable, labels: RecordLabels) throws(Failure) {
        let (status, note) = SummaryReader.standing(of: file)
        let recordings = try SummaryReader.read(file, labels: labels) { isStopped }
        if recordings.isEmpty {
            table.set(file, recording: file.lastComponent?.stem ?? file.string, status: status, note: note, nil)
        }
        for recording in recordings {
            table.add(file, recording: recording.name, status: status, note: note, recording.summary)
        }
    }
}
