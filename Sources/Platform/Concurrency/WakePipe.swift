import Glibc

/// A pipe that wakes a thread out of poll(2).
package final class WakePipe: Sendable {
    /// Readable after `wake` until `clear`.
    package let descriptor: Int32
    private let writer: Int32

    package init() {
        var ends: [Int32] = [-1, -1]
        precondition(pipe(&ends) == 0, "no pipe: \(String(cString: strerror(errno)))")
        for end in ends {
            _ = fcntl(end, F_SETFL, O_NONBLOCK)
            _ = fcntl(end, F_SETFD, FD_CLOEXEC)
        }
        descriptor = ends[0]
        writer = ends[1]
    }

    deinit {
        close(descriptor)
        close(writer)
    }

    /// Wakes the thread; a full pipe will wake it anyway.
    package func wake() {
        LockRule.mustHoldNone("a pipe is written to")
        var byte: UInt8 = 1
        _ = write(writer, &byte, 1)
    }

    /// Forgets the wakes so far.
    package func clear() {
        withUnsafeTemporaryAllocation(byteCount: 64, alignment: 1) { bytes in
            while read(descriptor, bytes.baseAddress, bytes.count) == bytes.count {}
        }
    }
}
