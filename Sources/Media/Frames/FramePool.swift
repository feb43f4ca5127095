internal import CFFmpeg
internal import Platform

/// Where frames come from and go back to, so that a running source allocates nothing for them.
///
/// Shells are empty `AVFrame`s, for those whose memory is the decoder's. Canvases are frames with memory of our own, all
/// of one size and format; when the format changes, those of the old one are let go as they come back.
///
/// A frame has exactly one owner: whoever took it, and while it is here the mutex.
final class FramePool: Sendable {
    /// A frame in stock. `@unchecked Sendable` because nobody else has the pointer.
    private struct Idle: @unchecked Sendable {
        var frame: UnsafeMutablePointer<AVFrame>
    }

    /// What makes two canvases interchangeable.
    struct Format: Equatable {
        var width: Int32
        var height: Int32
        var pixels: AVPixelFormat
    }

    private struct Stock {
        var shells: [Idle] = []
        var canvases: [Idle] = []
        var format: Format?
    }

    private static let keptShells = 16
    private static let keptCanvases = 8
    private let stock = Guarded(Stock())

    deinit {
        stock.withLock { stock in
            for idle in stock.shells + stock.canvases { Self.free(idle.frame) }
        }
    }

    /// An empty frame.
    func takeShell() -> UnsafeMutablePointer<AVFrame> {
        if let idle = stock.withLock({ $0.shells.popLast() }) { return idle.frame }
        guard let shell = av_frame_alloc() else { fatalError("out of memory for a frame") }
        return shell
    }

    /// A frame with planes of the given format; what they hold is undefined.
    ///
    /// - Returns: nil when the memory cannot be had, or no frame of that size can be.
    func takeCanvas(_ format: Format) -> UnsafeMutablePointer<AVFrame>? {
        let kept = stock.withLock { stock -> Idle? in
            if stock.format == format { return stock.canvases.popLast() }
            for idle in stock.canvases { Self.free(idle.frame) }
            stock.canvases.removeAll(keepingCapacity: true)
            stock.format = format
            return nil
        }
        if let kept { return kept.frame }
        let frame = takeShell()
        frame.pointee.width = format.width
        frame.pointee.height = format.height
        frame.pointee.format = format.pixels.rawValue
        if av_frame_get_buffer(frame, 64) < 0 {
            giveBackShell(frame)
            return nil
        }
        return frame
    }

    /// Takes a shell back; the frame in it is released.
    func giveBackShell(_ frame: UnsafeMutablePointer<AVFrame>) {
        av_frame_unref(frame)
        let idle = Idle(frame: frame)
        let kept = stock.withLock { stock in
            guard stock.shells.count < Self.keptShells else { return false }
            stock.shells.append(idle)
            return true
        }
        if !kept { Self.free(frame) }
    }

    /// Takes a canvas back; its memory is kept while it still has the format in use.
    func giveBackCanvas(_ frame: UnsafeMutablePointer<AVFrame>) {
        let format = Format(
            width: frame.pointee.width, height: frame.pointee.height, pixels: AVPixelFormat(frame.pointee.format))
        let idle = Idle(frame: frame)
        let kept = stock.withLock { stock in
            guard stock.format == format, stock.canvases.count < Self.keptCanvases else { return false }
            stock.canvases.append(idle)
            return true
        }
        if !kept { Self.free(frame) }
    }

    private static func free(_ frame: UnsafeMutablePointer<AVFrame>) {
        var frame: UnsafeMutablePointer<AVFrame>? = frame
        av_frame_free(&frame)
    }
}
