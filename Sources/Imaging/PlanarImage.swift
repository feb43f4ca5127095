/// One upright 8-bit 4:2:0 picture: three planes of memory that belongs to the image's owner, a frame of a video say.
///
/// The image keeps its owner alive, so the planes stand as long as the image does; copying an image costs a reference count, and
/// sampling it none. It is not `Sendable`: what goes from queue to queue is the frame. Coordinates are pixels, origin at the
/// top left corner of the top left pixel: the centre of pixel (0, 0) is (0.5, 0.5). Chroma sample (i, j) covers luma pixels
/// 2i...2i+1, 2j...2j+1.
///
/// Pixels need not be square. What is measured on a picture, angles above all, is measured in its square pixels: the same picture with
/// the axis along which pixels are longer drawn out (`squareScale`), never made smaller. The samplers' maps lead there.
public struct PlanarImage {
    /// How Y, Cb and Cr become RGB.
    public enum Matrix: Sendable, Equatable {
        /// ITU-R BT.601 (SD video, JPEG).
        case bt601
        /// ITU-R BT.709 (HD video).
        case bt709
        /// ITU-R BT.2020, non-constant luminance.
        case bt2020
    }

    /// Width in luma pixels.
    public var width: Int
    /// Height in luma pixels.
    public var height: Int
    /// Luma, `height` rows of `yStride` bytes.
    public var y: UnsafePointer<UInt8>
    /// Bytes from one row of luma to the next.
    public var yStride: Int
    /// Cb, `(height + 1) / 2` rows of `chromaStride` bytes; nil for a grey picture.
    public var u: UnsafePointer<UInt8>?
    /// Cr, laid out as `u`; nil for a grey picture.
    public var v: UnsafePointer<UInt8>?
    /// Bytes from one row of chroma to the next.
    public var chromaStride: Int
    /// Bytes from one chroma sample to the next: 1 for I420, 2 for NV12.
    public var chromaStep: Int
    /// True when luma is 0-255; false when it is 16-235.
    public var fullRange: Bool
    /// The matrix that takes luma and chroma to RGB.
    public var matrix: Matrix
    /// Width of a pixel over its height, as the picture is to be shown; above 0.
    public var pixelAspect: Double
    /// What the planes belong to; nil where whoever made the image keeps them.
    public let owner: AnyObject?

    /// Makes an image of the given planes.
    ///
    /// - Parameters:
    ///   - pixelAspect: width of a pixel over its height; what is not above 0 and finite counts as 1.
    ///   - owner: keeps the planes; nil when the image does not leave the scope in which they are sure to stand, such as the closure
    ///     of `withUnsafeBufferPointer`.
    public init(
        width: Int, height: Int, y: UnsafePointer<UInt8>, yStride: Int, u: UnsafePointer<UInt8>?,
        v: UnsafePointer<UInt8>?, chromaStride: Int, chromaStep: Int, fullRange: Bool, matrix: Matrix,
        pixelAspect: Double = 1, owner: AnyObject?
    ) {
        self.width = width
        self.height = height
        self.y = y
        self.yStride = yStride
        self.u = u
        self.v = v
        self.chromaStride = chromaStride
        self.chromaStep = chromaStep
        self.fullRange = fullRange
        self.matrix = matrix
        self.pixelAspect = pixelAspect > 0 && pixelAspect.isFinite ? pixelAspect : 1
        self.owner = owner
    }

    /// Square pixels for one pixel, along each axis: 1 along one of them, and not less along the other.
    public var squareScale: (x: Double, y: Double) { (max(1, pixelAspect), max(1, 1 / pixelAspect)) }

    /// Width in square pixels.
    public var squareWidth: Double { Double(width) * squareScale.x }

    /// Height in square pixels.
    public var squareHeight: Double { Double(height) * squareScale.y }
}
