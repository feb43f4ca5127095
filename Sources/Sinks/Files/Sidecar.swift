import Glibc
public import SystemPackage

/// The file beside a file of records that says what is true of the whole run: `door.meta.json` for `door.jsonl`.
public enum Sidecar {
    /// Where the sidecar of a file stands.
    public static func path(beside file: FilePath) -> FilePath {
        let stem = file.lastComponent?.stem ?? "records"
        return file.folder.appending(stem + ".meta.json")
    }

    /// Writes a sidecar: under another name first, so that a reader never sees half of it.
    ///
    /// - Throws: `SinkError.cannotOpen` if it cannot be written.
    public static func write(_ bytes: [UInt8], beside file: FilePath, mode: UInt32) throws(SinkError) {
        let path = path(beside: file)
        let temporary = path.folder.appending(path.lastComponent!.string + ".\(getpid())")
        do {
            let permissions = FilePermissions(rawValue: CModeT(mode))
            let descriptor = try FileDescriptor.open(
                temporary, .writeOnly, options: [.create, .truncate], permissions: permissions)
            try descriptor.closeAfter { _ = try descriptor.writeAll(bytes) }
            let result = temporary.withPlatformString { old in path.withPlatformString { rename(old, $0) } }
            guard result == 0 else { throw Errno(rawValue: errno) }
        } catch {
            _ = temporary.withPlatformString { unlink($0) }
            throw .cannotOpen(path, error as? Errno ?? .ioError)
        }
    }
}
