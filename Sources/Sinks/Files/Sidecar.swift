internal import Platform
public import SystemPackage

/// The file beside a file of records that holds its events: `door.events.jsonl` for `door.jsonl`.
public enum EventsFile {
    /// How its name ends.
    public static let ending = ".events.jsonl"

    /// Where the events of a file of records are.
    public static func path(beside records: FilePath) -> FilePath { records.companion(ending) }
}

/// The file beside a file of records that says what is true of the whole run: `door.meta.json` for `door.jsonl`.
public enum Sidecar {
    /// Where the sidecar of a file stands.
    public static func path(beside file: FilePath) -> FilePath { file.companion(".meta.json") }

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

extension FilePath {
    /// The file beside this one that has its name up to the extension, and another ending.
    fileprivate func companion(_ ending: String) -> FilePath {
        guard lastComponent != nil else { return appending("records" + ending) }
        // In bytes: a name need not be UTF-8.
        var path = self
        path.extension = nil
        return path.adding(ending)
    }
}
