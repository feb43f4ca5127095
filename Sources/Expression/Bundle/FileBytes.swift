internal import SystemPackage

/// Whole files, read and written.
enum FileBytes {
    /// The bytes of a file.
    ///
    /// - Parameter limit: what a file may have at most; a longer one is the error `Errno.fileTooLarge`, so that a wrong path (a video,
    ///   say) does not fill the memory.
    static func read(_ path: FilePath, limit: Int) throws(Errno) -> [UInt8] {
        do {
            let file = try FileDescriptor.open(path, .readOnly, options: .closeOnExec)
            return try file.closeAfter {
                let length = Int(try file.seek(offset: 0, from: .end))
                guard length <= limit else { throw Errno.fileTooLarge }
                try file.seek(offset: 0, from: .start)
                return try [UInt8](unsafeUninitializedCapacity: length) { buffer, count in
                    while count < length {
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
}
