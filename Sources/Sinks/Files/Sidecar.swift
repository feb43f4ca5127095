internal import Platform
public import SystemPackage

/// The file beside a file of records that holds its events: `door.events.jsonl` for `door.jsonl`.
public enum EventsFile {
    /// How its name ends.
    public static let ending = ".events.jsonl"

    /// Where the events of a file of records are.
    public static func path(beside records: FilePath) -> FilePath {
        guard records.lastComponent != nil else { return records.appending("records" + ending) }
        // In bytes: a name need not be UTF-8.
        var path = records
        path.extension = nil
        return path.adding(ending)
    }
}

/// The file beside a file of records that says what is true of the whole run: `door.meta.json` for `door.jsonl`.
public enum Sidecar {
    /// Where the sidecar of a file stands.
    public static func path(beside file: FilePath) -> FilePath {
        guard file.lastComponent != nil else { return file.appending("records.meta.json") }
        // In bytes: a name need not be UTF-8.
        var path = file
        path.extension = nil
        return path.adding(".meta.json")
    }

    /// Writes a sidecar, whole or not at all: a reader never sees half of it.
    ///
    /// - Throws: `SinkError.cannotOpen` if it cannot be written.
    public static func write(_ bytes: [UInt8], beside file: FilePath, mode: UInt32) throws(SinkError) {
        let path = path(beside: file)
        do {
            try FileBytes.write(bytes, to: path, mode: mode)
        } catch {
            throw .cannotOpen(path, error)
        }
    }
}
