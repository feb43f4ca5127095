internal import Glibc

extension Orientation {
    /// Side of the square block that is turned at a time: 32 rows of 32 bytes stay in the first-level cache.
    private static let block = 32

    /// Copies a plane of bytes so that it stands upright.
    ///
    /// - Parameters:
    ///   - source: the stored plane's top left byte.
    ///   - stride: bytes from one stored row to the next; negative for frames stored bottom up.
    ///   - step: bytes from one stored sample to the next (2 for interleaved chroma).
    ///   - width: samples in a stored row.
    ///   - height: stored rows.
    ///   - target: the upright plane; its rows are `targetStride` bytes apart and its samples are neighbours.
    ///   - targetStride: bytes from one upright row to the next.
    package func copyPlane(
        _ source: UnsafePointer<UInt8>, stride: Int, step: Int, width: Int, height: Int,
        to target: UnsafeMutablePointer<UInt8>, targetStride: Int
    ) {
        let (columns, rows) = transposed ? (height, width) : (width, height)
        // Bytes in the source for one sample to the right and one row down in the target.
        let right = (transposed ? stride : step) * (flippedX ? -1 : 1)
        let down = (transposed ? step : stride) * (flippedY ? -1 : 1)
        let origin = source + (flippedX ? -right * (columns - 1) : 0) + (flippedY ? -down * (rows - 1) : 0)
        if right == 1 {
            for y in 0..<rows { memcpy(target + y * targetStride, origin + y * down, columns) }
            return
        }
        for top in Swift.stride(from: 0, to: rows, by: Self.block) {
            for left in Swift.stride(from: 0, to: columns, by: Self.block) {
                let end = min(left + Self.block, columns)
                for y in top..<min(top + Self.block, rows) {
                    var from = origin + (y &* down &+ left &* right)
                    let row = target + y &* targetStride
                    for x in left..<end {
                        row[x] = from.pointee
                        from += right
                    }
                }
            }
        }
    }
}
