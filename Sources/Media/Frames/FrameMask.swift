internal import CFFmpeg
internal import Glibc
internal import Imaging

/// Blackens parts of upright frames before anybody sees them.
///
/// Not thread-safe; owned by the one thread that reads a source.
final class FrameMask {
    private let polygons: Polygons
    private var size: (width: Int, height: Int) = (0, 0)
    private var luma: [PlaneSpan] = []
    private var chroma: [PlaneSpan] = []

    init(_ polygons: Polygons) { self.polygons = polygons }

    /// Blackens the parts of a frame, whose memory must be nobody else's.
    func cover(_ frame: UnsafeMutablePointer<AVFrame>, fullRange: Bool) {
        let (width, height) = (Int(frame.pointee.width), Int(frame.pointee.height))
        if size != (width, height) {
            size = (width, height)
            luma = polygons.spans(width: width, height: height)
            chroma = polygons.spans(width: (width + 1) / 2, height: (height + 1) / 2)
        }
        fill(frame.plane(0), luma, bytes: 1, with: fullRange ? 0 : 16)
        switch AVPixelFormat(frame.pointee.format) {
        case AV_PIX_FMT_NV12, AV_PIX_FMT_NV21: fill(frame.plane(1), chroma, bytes: 2, with: 128)
        case AV_PIX_FMT_GRAY8: break
        default:
            fill(frame.plane(1), chroma, bytes: 1, with: 128)
            fill(frame.plane(2), chroma, bytes: 1, with: 128)
        }
    }

    private func fill(
        _ plane: (bytes: UnsafeMutablePointer<UInt8>?, stride: Int), _ spans: [PlaneSpan], bytes: Int, with value: Int32
    ) {
        guard let start = plane.bytes else { return }
        for span in spans { memset(start + span.row * plane.stride + span.first * bytes, value, span.count * bytes) }
    }
}
