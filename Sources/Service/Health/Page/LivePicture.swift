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
    /// The whole picture in `LivePicture.columns` columns, and each face in it in fewer.
    case blurred
    /// The picture.
    case full
}

/// The newest picture of a source for the live page, made only while somebody looks.
///
/// `@unchecked Sendable` because picture, encoder and covers are touched on the tracking stage's queue only; the rest has a lock.
final class LivePicture: FrameViewer, @unchecked Sendable {
    /// Width of a picture in pixels.
    private static let width = 480
    /// Columns of a blurred one. A face of a third of the picture's width is some twenty of them wide before it is covered.
    static let columns = 64
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
        var wantedUntil: Int64 = .min
        var made: Int64 = .min
        var jpeg: [UInt8] = []
    }

    private struct Cover {
        var corner: Spot
        var size: Spot
        var until: Int64
    }

    let mode: PictureMode
    private let state = Guarded(State())
    private var picture: Picture?
    private var encoder: JPEGEncoder?
    private var covers: [Cover] = []
    private var hasFailed = false

    init(_ mode: PictureMode) { self.mode = mode }

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
        let isWanted = state.withLock { state in
            now < state.wantedUntil && (state.made == .min || now - state.made >= Self.interval)
        }
        guard isWanted, !hasFailed else { return }
        do throws(Failure) {
            let jpeg = try draw(frame, faces, now: now)
            state.withLock { ($0.jpeg, $0.made) = (jpeg, now) }
        } catch {
            // The page shows that there is none; the analysis goes on.
            hasFailed = true
        }
    }

    private func draw(_ frame: VideoFrame, _ faces: [Face], now: Int64) throws(Failure) -> [UInt8] {
        let shown = frame.image.squareScale
        let (wide, high) = (Double(frame.width) * shown.x, Double(frame.height) * shown.y)
        let width = mode == .blurred ? Self.columns : min(Self.width, max(2, frame.width))
        let height = max(2, Int((Double(width) * high / wide / 2).rounded()) * 2)
        if picture?.width != width & ~1 || picture?.height != height {
            let picture = try Picture(width: width, height: min(height, 4 * Self.width))
            encoder = try JPEGEncoder(like: picture)
            self.picture = picture
            covers = []
        }
        guard let picture, let encoder else { return [] }
        picture.shrink(frame)
        if mode == .blurred { cover(faces, frame, picture, now: now) }
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
}
