internal import Faces
internal import Imaging
internal import Media
internal import Overlay
internal import Pipeline
internal import Platform
public import Settings

/// Which pictures the live page shows: `http.pictures`.
public enum PictureMode: String, SettingChoice {
    /// None.
    case none
    /// The normalized faces, and nothing of the camera's picture.
    case normalized
    /// The whole picture in `LivePicture.columns` columns, and each face in it in fewer.
    case blurred
    /// The picture.
    case full
}

/// The newest picture of a source for the live page, made only while somebody looks.
///
/// `@unchecked Sendable` because picture, encoder and covers are touched on one queue only, the tracking stage's or, for normalized faces, the
/// last stage's (a source is started anew to go over from one to the other); the rest has a lock.
final class LivePicture: FrameViewer, FaceOutput, @unchecked Sendable {
    /// Width of a picture in pixels.
    private static let width = 480
    /// Columns of a blurred one. A face of a third of the picture's width is some twenty of them wide before it is covered.
    static let columns = 64
    /// The side of a normalized face in pixels, how many stand in a row, and how many are shown.
    static let tile = 144
    private static let tiles = (row: 4, most: 8)
    /// Nanoseconds between two pictures.
    private static let interval: Int64 = 200_000_000
    /// How long pictures are made after one was asked for, in nanoseconds.
    private static let attention: Int64 = 5_000_000_000
    /// A picture that is older is not shown: nobody should take it for what is seen now. In nanoseconds.
    private static let freshness: Int64 = 5_000_000_000
    /// How long the place of a face stays covered: one that is lost for a moment is most often still there. In nanoseconds.
    private static let memory: Int64 = 1_500_000_000
    /// The box of a face ends at brows and chin: how much wider and higher a cover is.
    private static let growth = Spot(1.5, 1.7)

    private struct State {
        var mode: PictureMode
        var wantedUntil: Int64 = .min
        var made: Int64 = .min
        var jpeg: [UInt8] = []
    }

    private struct Cover {
        var corner: Spot
        var size: Spot
        var until: Int64
    }

    private let state: Guarded<State>
    private var picture: Picture?
    private var encoder: StillEncoder?
    private var resampler: Resampler?
    private var enlarged: [UInt8] = []
    private var covers: [Cover] = []
    private var hasFailed = false

    init(_ mode: PictureMode) { state = Guarded(State(mode: mode)) }

    /// Which pictures are made from now on.
    func show(_ mode: PictureMode) {
        state.withLock { if $0.mode != mode { $0 = State(mode: mode) } }
    }

    /// The newest picture as JPEG; nil while there is none. From any thread.
    func newest(now: Int64 = MonotonicClock.now()) -> [UInt8]? {
        state.withLock { state in
            state.wantedUntil = now + Self.attention
            guard !state.jpeg.isEmpty, now - state.made <= Self.freshness else { return nil }
            return state.jpeg
        }
    }

    func see(_ frame: VideoFrame, _ faces: [Face]) { see(frame, faces, now: MonotonicClock.now()) }

    func see(_ frame: VideoFrame, _ faces: [Face], now: Int64) {
        make(now) { (mode) throws(Failure) in
            guard mode == .full || mode == .blurred else { return nil }
            return try draw(frame, mode == .blurred ? faces : nil, now: now)
        }
    }

    func take(_ frame: borrowing FaceFrame) { take(frame.faces, now: MonotonicClock.now()) }

    func take(_ faces: [Face], now: Int64) {
        make(now) { (mode) throws(Failure) in mode == .normalized ? try draw(normalized: faces) : nil }
    }

    /// Makes a picture if one is wanted now.
    private func make(_ now: Int64, _ draw: (PictureMode) throws(Failure) -> [UInt8]?) {
        let wanted = state.withLock { state in
            let isDue = state.made == .min || now - state.made >= Self.interval
            return now < state.wantedUntil && isDue ? state.mode : .none
        }
        guard wanted != .none, !hasFailed else { return }
        do throws(Failure) {
            guard let jpeg = try draw(wanted) else { return }
            state.withLock { state in
                // It may have been switched off meanwhile.
                if state.mode == wanted { (state.jpeg, state.made) = (jpeg, now) }
            }
        } catch {
            // The page shows that there is none; the analysis goes on.
            hasFailed = true
        }
    }

    private func canvas(width: Int, height: Int) throws(Failure) -> (Picture, StillEncoder) {
        if let picture, let encoder, picture.width == width & ~1, picture.height == height & ~1 {
            return (picture, encoder)
        }
        let picture = try Picture(width: width, height: height)
        let encoder = try StillEncoder(.jpg, width: picture.width, height: picture.height)
        (self.picture, self.encoder, covers) = (picture, encoder, [])
        return (picture, encoder)
    }

    // MARK: What the camera sees

    /// - Parameter hidden: the faces that are covered; nil covers none, and leaves the picture as it is.
    private func draw(_ frame: VideoFrame, _ hidden: [Face]?, now: Int64) throws(Failure) -> [UInt8] {
        let shown = frame.image.squareScale
        let (wide, high) = (Double(frame.width) * shown.x, Double(frame.height) * shown.y)
        let width = hidden != nil ? Self.columns : min(Self.width, max(2, frame.width))
        let height = max(2, Int((Double(width) * high / wide / 2).rounded()) * 2)
        let (picture, encoder) = try canvas(width: width, height: min(height, 4 * Self.width))
        picture.shrink(frame)
        if let hidden { cover(hidden, frame, picture, now: now) }
        return try encoder.encode(picture)
    }

    private func cover(_ faces: [Face], _ frame: VideoFrame, _ picture: Picture, now: Int64) {
        covers.removeAll { $0.until < now }
        let scale = Spot(Double(picture.width) / Double(frame.width), Double(picture.height) / Double(frame.height))
        for face in faces {
            let box = Spot(Double(face.box.width), Double(face.box.height))
            let middle = Spot(Double(face.box.x), Double(face.box.y)) + box / 2
            let size = box * Self.growth
            // More above than below: foreheads and hair.
            let corner = middle - size * Spot(0.5, 0.58)
            covers.append(Cover(corner: corner * scale, size: size * scale, until: now + Self.memory))
        }
        let brush = Brush(picture)
        for cover in covers { brush.blur(cover.corner, cover.size) }
    }

    // MARK: Normalized faces

    /// Side by side, by their numbers.
    private func draw(normalized faces: [Face]) throws(Failure) -> [UInt8] {
        let shown = faces.prefix(Self.tiles.most).filter { !$0.normalized.isEmpty }
        let columns = min(Self.tiles.row, max(1, shown.count))
        let rows = max(1, (shown.count + columns - 1) / columns)
        let (picture, encoder) = try canvas(width: columns * Self.tile, height: rows * Self.tile)
        picture.fill(luma: 128)
        for (number, face) in shown.enumerated() {
            let side = Int(Double(face.normalized.count).squareRoot())
            if resampler?.from != side { resampler = Resampler(from: side, to: Self.tile) }
            resampler?.resample(face.normalized, into: &enlarged)
            picture.place(
                grey: enlarged, side: Self.tile, x: number % columns * Self.tile, y: number / columns * Self.tile)
        }
        return try encoder.encode(picture)
    }
}
