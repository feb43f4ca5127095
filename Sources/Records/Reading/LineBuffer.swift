internal import Glibc

/// Lines of a stream, one after the other, in a buffer that grows to the longest of them and no further than a limit.
final class LineBuffer {
    /// A line, without its newline. Its bytes stay in place until the next one is asked for.
    struct Line {
        let bytes: UnsafeBufferPointer<UInt8>
        /// False for a last line that no newline ends.
        let isEnded: Bool
    }

    struct TooLong: Error {}

    private let limit: Int
    private var storage: UnsafeMutableBufferPointer<UInt8>
    private var start = 0
    private var end = 0
    private var isExhausted = false

    /// - Parameter limit: bytes that a line may have.
    init(limit: Int) {
        self.limit = limit
        storage = .allocate(capacity: min(256 << 10, max(1, limit)))
    }

    deinit { storage.deallocate() }

    /// The next line; nil at the end.
    ///
    /// - Parameter read: fills a buffer and says how much it has put there; 0 at the end.
    func next(_ read: (UnsafeMutableRawBufferPointer) throws -> Int) throws -> Line? {
        var searched = start
        while true {
            if let base = storage.baseAddress, let found = memchr(base + searched, 0x0A, end - searched) {
                let length = UnsafeRawPointer(found) - UnsafeRawPointer(base + start)
                return take(length, consuming: length + 1, isEnded: true)
            }
            if isExhausted { return start < end ? take(end - start, consuming: end - start, isEnded: false) : nil }
            guard end - start < limit else { throw TooLong() }
            makeRoom()
            searched = end
            let count = try read(
                UnsafeMutableRawBufferPointer(rebasing: UnsafeMutableRawBufferPointer(storage)[end...]))
            isExhausted = count <= 0
            end += max(0, count)
        }
    }

    private func take(_ length: Int, consuming count: Int, isEnded: Bool) -> Line {
        defer { start += count }
        return Line(bytes: UnsafeBufferPointer(rebasing: storage[start..<start + length]), isEnded: isEnded)
    }

    /// Moves what is held to the front, and takes more memory when that is not enough.
    private func makeRoom() {
        guard let base = storage.baseAddress else { return }
        let held = end - start
        if held < storage.count {
            if start > 0, held > 0 { memmove(base, base + start, held) }
        } else {
            let larger = UnsafeMutableBufferPointer<UInt8>.allocate(capacity: min(storage.count * 2, limit + 1))
            if let target = larger.baseAddress { memcpy(target, base + start, held) }
            storage.deallocate()
            storage = larger
        }
        start = 0
        end = held
    }
}
