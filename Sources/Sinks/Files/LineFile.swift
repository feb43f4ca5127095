package import Platform
package import SystemPackage

/// An open file that holds whole lines.
///
/// Every method does what it says or throws and leaves whole lines behind: what a failed write left of a line is cut
/// off again, and where even that fails, the next opening does it. The file is closed when the last reference goes.
package final class LineFile<Calls: SystemCalls> {
    private let calls: Calls
    private let path: FilePath
    private let descriptor: Int32
    /// Identity, size and age of the file as it was opened and repaired.
    package let status: FileFacts
    /// Bytes of an unfinished last line that were cut off on opening.
    package let repaired: Int

    /// Opens a file for appending, makes it if needed, and cuts off an unfinished last line.
    ///
    /// - Parameter mode: permissions of a new file, before the process's umask.
    package init(path: FilePath, mode: UInt32, calls: Calls) throws(Errno) {
        self.calls = calls
        self.path = path
        descriptor = try retrying { () throws(Errno) in try calls.openForAppending(path, mode: mode) }
        do throws(Errno) {
            (status, repaired) = try LineFile.repair(descriptor, calls: calls)
        } catch {
            try? calls.close(descriptor)
            throw error
        }
    }

    deinit {
        // EINTR and EIO are ignored: the descriptor is gone either way (close(2), Linux).
        try? calls.close(descriptor)
    }

    /// What of a batch is in the file after an attempt to append it.
    package struct Appended: Equatable {
        /// Bytes that are in the file for good: whole lines.
        package var count: Int
        /// Why it is not the whole batch.
        package var error: Errno?
    }

    /// Appends whole lines.
    ///
    /// - Returns: how much of `bytes`, in whole lines, is in the file; the rest may be given again after reopening.
    package func append(_ bytes: UnsafeRawBufferPointer) -> Appended {
        var written = 0
        do throws(Errno) {
            while written < bytes.count {
                let rest = UnsafeRawBufferPointer(rebasing: bytes[written...])
                let count = try retrying { () throws(Errno) in try calls.write(descriptor, rest) }
                // A device that takes nothing and reports nothing would keep us here for ever.
                guard count > 0 else { throw Errno.ioError }
                written += count
            }
            return Appended(count: written, error: nil)
        } catch {
            let whole = bytes[..<written].lastIndex(of: UInt8(ascii: "\n")).map { $0 + 1 } ?? 0
            cutOff(written - whole)
            return Appended(count: whole, error: error)
        }
    }

    /// Makes what was written last a power cut.
    package func synchronize() throws(Errno) {
        try retrying { () throws(Errno) in try calls.synchronize(descriptor) }
    }

    /// Whether the name no longer leads to this file: it was renamed, removed or replaced.
    package func hasMoved() -> Bool {
        guard status.isRegular else { return false }
        guard let current = try? calls.facts(at: path) else { return true }
        return current.device != status.device || current.inode != status.inode
    }

    /// Whether the file was removed: what is written to it is lost.
    package func isRemoved() -> Bool {
        guard status.isRegular, let current = try? calls.facts(of: descriptor) else { return false }
        return !current.hasName
    }

    /// Bytes in the file now; nil if it cannot be told.
    package func currentSize() -> Int64? {
        try? calls.facts(of: descriptor).size
    }

    /// Gives the file another name in the same folder and makes that last.
    package func rename(to name: FilePath) throws(Errno) {
        try synchronize()
        try calls.rename(path, to: name)
        try? calls.synchronizeFolder(path.folder)
    }

    /// Removes the last `count` bytes, the beginning of a line that cannot be finished.
    private func cutOff(_ count: Int) {
        guard count > 0, let current = try? calls.facts(of: descriptor), current.isRegular else { return }
        try? calls.truncate(descriptor, to: current.size - Int64(count))
    }

    /// Cuts off an unfinished last line.
    private static func repair(
        _ descriptor: Int32, calls: Calls
    ) throws(Errno) -> (status: FileFacts, repaired: Int) {
        var status = try calls.facts(of: descriptor)
        guard status.isRegular else { return (status, 0) }
        let size = try wholeLines(of: descriptor, size: status.size, calls: calls)
        let excess = Int(status.size - size)
        if excess > 0 {
            try calls.truncate(descriptor, to: size)
            status.size = size
        }
        return (status, excess)
    }

    /// Size of the file up to and including its last newline, looked for from the end in blocks.
    private static func wholeLines(of descriptor: Int32, size: Int64, calls: Calls) throws(Errno) -> Int64 {
        var end = size
        var block = [UInt8](repeating: 0, count: 64 << 10)
        while end > 0 {
            let start = max(0, end - Int64(block.count))
            let length = Int(end - start)
            var filled = 0
            while filled < length {
                let offset = start + Int64(filled)
                let wanted = filled..<length
                let count = try retrying { () throws(Errno) in
                    try block.readBytes(wanted) { (bytes) throws(Errno) in
                        try calls.read(descriptor, at: offset, into: bytes)
                    }
                }
                guard count > 0 else { throw Errno.ioError }
                filled += count
            }
            if let index = block[..<length].lastIndex(of: UInt8(ascii: "\n")) { return start + Int64(index) + 1 }
            end = start
        }
        return 0
    }
}

extension FilePath {
    /// The folder that holds the file; `.` for a bare name.
    var folder: FilePath {
        let parent = removingLastComponent()
        return parent.isEmpty ? "." : parent
    }
}

extension [UInt8] {
    /// `withUnsafeMutableBytes` of a part, with a typed error.
    fileprivate mutating func readBytes<Result>(
        _ range: Range<Int>, _ body: (UnsafeMutableRawBufferPointer) throws(Errno) -> Result
    ) throws(Errno) -> Result {
        let outcome = withUnsafeMutableBytes { bytes -> Swift.Result<Result, Errno> in
            do throws(Errno) {
                return .success(try body(UnsafeMutableRawBufferPointer(rebasing: bytes[range])))
            } catch {
                return .failure(error)
            }
        }
        return try outcome.get()
    }
}

/// Repeats a call that a signal interrupted.
func retrying<Result>(_ body: () throws(Errno) -> Result) throws(Errno) -> Result {
    while true {
        do throws(Errno) {
            return try body()
        } catch {
            guard error == .interrupted else { throw error }
        }
    }
}
