public import SystemPackage

/// The system calls that files are written with, as a seam: so that tests can script short writes, full disks and interrupted calls.
///
/// Each method is one call: nothing is retried here. Descriptors are plain numbers, as in the system.
public protocol SystemCalls: Sendable {
    /// open(2) for appending, created with `mode` if it does not exist; close-on-exec.
    func openForAppending(_ path: FilePath, mode: UInt32) throws(Errno) -> Int32
    /// close(2).
    func close(_ descriptor: Int32) throws(Errno)
    /// write(2); may take fewer bytes than it is given.
    func write(_ descriptor: Int32, _ bytes: UnsafeRawBufferPointer) throws(Errno) -> Int
    /// pread(2).
    func read(_ descriptor: Int32, at offset: Int64, into bytes: UnsafeMutableRawBufferPointer) throws(Errno) -> Int
    /// fsync(2).
    func synchronize(_ descriptor: Int32) throws(Errno)
    /// fsync(2) of a folder, which makes renames in it last.
    func synchronizeFolder(_ path: FilePath) throws(Errno)
    /// ftruncate(2).
    func truncate(_ descriptor: Int32, to size: Int64) throws(Errno)
    /// fstat(2).
    func facts(of descriptor: Int32) throws(Errno) -> FileFacts
    /// stat(2).
    func facts(at path: FilePath) throws(Errno) -> FileFacts
    /// rename(2), but never over an existing file.
    func rename(_ path: FilePath, to newPath: FilePath) throws(Errno)
    /// unlink(2).
    func remove(_ path: FilePath) throws(Errno)
    /// mkdir(2).
    func makeFolder(_ path: FilePath, mode: UInt32) throws(Errno)
    /// Names of the entries of a folder, in any order.
    func names(in folder: FilePath) throws(Errno) -> [String]
    /// poll(2) until the descriptor takes bytes, has failed, or the time is over.
    func waitUntilWritable(_ descriptor: Int32, milliseconds: Int32) throws(Errno)
}
