internal import Glibc
internal import Platform
internal import SystemPackage

/// A folder for what is needed for a while, removed with it in the end.
final class ScratchFolder: Sendable {
    private let folder: FilePath

    /// Makes the folder beside a file that is going to be written, so that what is in it can be moved there.
    ///
    /// - Throws: `Failure` that names the file.
    init(beside path: FilePath) throws(Failure) {
        // mkdtemp(3) puts something of its own in the place of six X.
        let name = ".norface-" + String(repeating: "X", count: 6)
        let template = path.removingLastComponent().appending(name).string
        let made = template.withCString { text in
            let copy = strdup(text)
            defer { free(copy) }
            return copy.flatMap { mkdtemp($0) }.map { String(cString: $0) }
        }
        guard let made else { throw Failure(.cannotCreate, "\(path): \(Errno(rawValue: errno))") }
        folder = FilePath(made)
    }

    /// A file of records in it.
    var records: FilePath { folder.appending("records.jsonl") }

    /// A file of normalized faces in it.
    var portraits: FilePath { folder.appending("portraits") }

    /// A video in it, of the kind that the name of another says.
    func draft(of path: FilePath) -> FilePath { folder.appending("draft.\(path.extension ?? "mp4")") }

    deinit {
        guard let entries = opendir(folder.string) else { return }
        while let entry = readdir(entries) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) {
                $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            }
            if name != "." && name != ".." { unlink(folder.appending(name).string) }
        }
        closedir(entries)
        rmdir(folder.string)
    }
}
