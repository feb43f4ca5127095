internal import Glibc
public import SystemPackage

/// Whole files, read with a limit and written at once.
public enum FileBytes {
    /// The bytes of a file.
    ///
    /// The file is opened without waiting: a FIFO that nobody writes to holds nobody up, and what is no regular file is refused with
    /// `Errno.invalidArgument`, as its length is not known.
    ///
    /// - Parameter limit: what a file may have at most; a longer one is the error `Errno.fileTooLarge`, so that a wrong path (a video,
    ///   say) does not fill the memory.
    public static func read(_ path: FilePath, limit: Int) throws(Errno) -> [UInt8] {
        do {
            let file = try FileDescriptor.open(path, .readOnly, options: [.closeOnExec, .nonBlocking])
            return try file.closeAfter {
                let facts = try RealSystemCalls().facts(of: file.rawValue)
                if facts.isFolder { throw Errno.isDirectory }
                guard facts.isRegular else { throw Errno.invalidArgument }
                guard facts.size <= limit else { throw Errno.fileTooLarge }
                let size = Int(facts.size)
                return try [UInt8](unsafeUninitializedCapacity: size) { buffer, count in
                    while count < size {
                        let rest = UnsafeMutableRawBufferPointer(
                            rebasing: UnsafeMutableRawBufferPointer(buffer)[count...])
                        let read = try file.read(into: rest)
                        if read == 0 { break }
                        count += read
                    }
                }
            }
        } catch let error as Errno {
            throw error
        } catch {
            throw Errno.ioError
        }
    }

    /// Writes a file whole or not at all: under another name first, which takes the place when it is complete. A reader sees the old file
    /// or the new one, never a part.
    ///
    /// - Parameter mode: permissions of a new file, before the umask.
    public static func write(_ bytes: [UInt8], to path: FilePath, mode: UInt32 = 0o666) throws(Errno) {
        let scratch = path.adding(".\(getpid()).part")
        do {
            let file = try FileDescriptor.open(
                scratch, .writeOnly, options: [.create, .truncate, .closeOnExec],
                permissions: FilePermissions(rawValue: CModeT(mode)))
            _ = try file.closeAfter { try file.writeAll(bytes) }
            try scratch.move(to: path)
        } catch {
            _ = scratch.withPlatformString { unlink($0) }
            throw error as? Errno ?? .ioError
        }
    }
}
