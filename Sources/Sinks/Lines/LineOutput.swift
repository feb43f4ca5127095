package import Platform

/// Something that takes batches of whole lines; used from one thread only, which is given the time.
package protocol LineOutput: AnyObject {
    /// Writes whole lines.
    ///
    /// - Parameters:
    ///   - bytes: lines, the last of them ended.
    ///   - now: monotonic time.
    ///   - wall: seconds since 1970, for names and periods.
    /// - Returns: how many bytes need not be given again: those in the output, and those that it gave up.
    func write(_ bytes: UnsafeRawBufferPointer, now: MonotonicTime, wall: Int64) -> Int

    /// Does what is due: syncing, looking whether the file was moved.
    func maintain(now: MonotonicTime, wall: Int64)

    /// Opens the output again.
    func reopen(now: MonotonicTime)

    /// Writes out and closes.
    func finish()

    /// When `maintain`, or `write` after a failure, is wanted next; nil if not at all.
    var deadline: MonotonicTime? { get }

    /// What was done so far.
    var status: SinkStatus { get }
}
