internal import CFFmpeg
public import Imaging
public import Platform

/// One decoded frame, upright, with its place in time. It owns the frame's memory and returns it when it goes.
///
/// `@unchecked Sendable` because frame and timing are written before the frame is handed out and never after, and the memory's
/// release is thread-safe (libav counts references atomically, the pool has a lock).
public final class VideoFrame: @unchecked Sendable {
    /// A frame's place in time and in the stream.
    public struct Timing: Sendable, Equatable {
        /// Seconds of the source's own time, never decreasing within an epoch.
        public var pts: Double
        /// Counts breaks in time: a reconnect, a clock that was set, a change of codec or size.
        public var epoch: Int
        /// Counts the frames that the source decoded, those that were dropped included.
        public var index: Int
        /// When the frame was taken, in microseconds of UTC since 1970; nil when it is not known (files).
        public var time: Int64?
        /// When its data arrived, on `MonotonicClock`.
        public var arrival: Int64
        /// Frames that the source lost between the one before and this one.
        public var lostBefore: FrameLoss
        /// True when `pts` is not the stream's own.
        public var estimated: Bool

        /// Makes a place in time.
        public init(
            pts: Double, epoch: Int = 0, index: Int = 0, time: Int64? = nil, arrival: Int64 = MonotonicClock.now(),
            lostBefore: FrameLoss = FrameLoss(), estimated: Bool = false
        ) {
            self.pts = pts
            self.epoch = epoch
            self.index = index
            self.time = time
            self.arrival = arrival
            self.lostBefore = lostBefore
            self.estimated = estimated
        }
    }

    /// The frame's place in time and in the stream.
    public private(set) var timing: Timing
    /// True for a frame that is decoded without any other.
    public let isKey: Bool
    /// Width of a pixel of the upright frame to its height, as it is to be shown.
    public let pixelAspect: AspectRatio
    /// True when something was wrong with the stream that the frame was decoded from: parts of it may be grey, or those of other frames.
    public let isDamaged: Bool

    private let frame: UnsafeMutablePointer<AVFrame>
    private let isCanvas: Bool
    private let pool: FramePool
    private let fullRange: Bool

    /// Seconds of the source's own time, never decreasing within an epoch.
    public var pts: Double { timing.pts }
    /// Counts breaks in time.
    public var epoch: Int { timing.epoch }
    /// Counts the frames that the source decoded.
    public var index: Int { timing.index }
    /// When the frame was taken, in microseconds of UTC since 1970, if known.
    public var time: Int64? { timing.time }
    /// When its data arrived, on `MonotonicClock`.
    public var arrival: Int64 { timing.arrival }
    /// Frames that the source lost between the one before and this one.
    public var lostBefore: FrameLoss { timing.lostBefore }
    /// True when `pts` is not the stream's own.
    public var estimated: Bool { timing.estimated }
    /// Width of the upright frame in pixels.
    public var width: Int { Int(frame.pointee.width) }
    /// Height of the upright frame in pixels.
    public var height: Int { Int(frame.pointee.height) }

    /// Takes the frame over; `frame.pool` gets it back.
    init(_ upright: UprightFrame, timing: Timing) {
        self.timing = timing
        frame = upright.frame
        isCanvas = upright.isCanvas
        pool = upright.pool
        fullRange = upright.fullRange
        isKey = upright.isKey
        pixelAspect = upright.aspect
        isDamaged = upright.isDamaged
    }

    /// Copies a frame into a frame of its own: for frames that come from no decoder.
    ///
    /// - Parameter aspect: width of a pixel to its height; the image's own is not looked at.
    public init(copying image: PlanarImage, timing: Timing, aspect: AspectRatio = .square, isDamaged: Bool = false) {
        let pool = FramePool()
        let hasChroma = image.u != nil && image.v != nil
        let format = FramePool.Format(
            width: Int32(image.width), height: Int32(image.height),
            pixels: hasChroma ? AV_PIX_FMT_YUV420P : AV_PIX_FMT_GRAY8)
        guard let canvas = pool.takeCanvas(format) else {
            fatalError("no memory for a frame of \(image.width)x\(image.height)")
        }
        let planes =
            [(image.y, image.yStride, 1, image.width, image.height)]
            + [image.u, image.v].compactMap { plane in
                plane.map { ($0, image.chromaStride, image.chromaStep, (image.width + 1) / 2, (image.height + 1) / 2) }
            }
        for (number, (plane, stride, step, width, height)) in planes.enumerated() {
            let target = canvas.plane(number)
            withExtendedLifetime(image.owner) {
                Orientation.upright.copyPlane(
                    plane, stride: stride, step: step, width: width, height: height, to: target.bytes!,
                    targetStride: target.stride)
            }
        }
        switch image.matrix {
        case .bt601: canvas.pointee.colorspace = AVCOL_SPC_SMPTE170M
        case .bt709: canvas.pointee.colorspace = AVCOL_SPC_BT709
        case .bt2020: canvas.pointee.colorspace = AVCOL_SPC_BT2020_NCL
        }
        self.timing = timing
        self.pool = pool
        frame = canvas
        isCanvas = true
        fullRange = image.fullRange
        isKey = true
        pixelAspect = aspect
        self.isDamaged = isDamaged
    }

    /// Gives the frame another place in time. Before it is handed out.
    package func move(to timing: Timing) { self.timing = timing }

    deinit {
        if isCanvas { pool.giveBackCanvas(frame) } else { pool.giveBackShell(frame) }
    }

    /// The upright 8-bit 4:2:0 frame (or grey). It keeps the frame, and so its memory, alive.
    public var image: PlanarImage {
        let (luma, first, second) = (frame.plane(0), frame.plane(1), frame.plane(2))
        var (u, v, step) = (first.bytes, second.bytes, 1)
        switch AVPixelFormat(frame.pointee.format) {
        case AV_PIX_FMT_NV12: (u, v, step) = (first.bytes, first.bytes.map { $0 + 1 }, 2)
        case AV_PIX_FMT_NV21: (u, v, step) = (first.bytes.map { $0 + 1 }, first.bytes, 2)
        case AV_PIX_FMT_GRAY8: (u, v) = (nil, nil)
        default: break
        }
        return PlanarImage(
            width: width, height: height, y: UnsafePointer(luma.bytes!), yStride: luma.stride,
            u: u.map { UnsafePointer($0) }, v: v.map { UnsafePointer($0) },
            chromaStride: u == nil ? 0 : first.stride, chromaStep: step, fullRange: fullRange, matrix: matrix,
            pixelAspect: pixelAspect.ratio, owner: self)
    }

    /// The stream's own matrix; where it says nothing, HD sizes are BT.709 and smaller ones BT.601, as players assume.
    private var matrix: PlanarImage.Matrix {
        switch frame.pointee.colorspace {
        case AVCOL_SPC_BT709: .bt709
        case AVCOL_SPC_BT2020_NCL, AVCOL_SPC_BT2020_CL: .bt2020
        case AVCOL_SPC_UNSPECIFIED where !fullRange && (width >= 1280 || height > 576): .bt709
        default: .bt601
        }
    }
}

extension UnsafeMutablePointer<AVFrame> {
    /// One of the frame's first three planes and its stride in bytes. (`AVFrame.data` is a tuple of eight in Swift.)
    func plane(_ number: Int) -> (bytes: UnsafeMutablePointer<UInt8>?, stride: Int) {
        switch number {
        case 0: (pointee.data.0, Int(pointee.linesize.0))
        case 1: (pointee.data.1, Int(pointee.linesize.1))
        default: (pointee.data.2, Int(pointee.linesize.2))
        }
    }
}
