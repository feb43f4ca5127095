internal import Glibc

/// The memory that this process holds.
package enum ResidentMemory {
    /// Bytes that are in memory now, from `/proc/self/statm`; nil where the system does not say.
    package static func bytes() -> Int? {
        let file = open("/proc/self/statm", O_RDONLY | O_CLOEXEC)
        guard file >= 0 else { return nil }
        defer { close(file) }
        return withUnsafeTemporaryAllocation(byteCount: 128, alignment: 1) { block in
            let count = read(file, block.baseAddress!, block.count)
            // The second number of the line: pages.
            let fields = block.prefix(max(0, count)).split(separator: UInt8(ascii: " "), maxSplits: 2)
            guard fields.count == 3 else { return nil }
            let pages = fields[1].reduce(0) { $0 * 10 + Int($1 - UInt8(ascii: "0")) }
            return pages * sysconf(Int32(_SC_PAGESIZE))
        }
    }
}
