internal import Inference
internal import Platform
public import SystemPackage

/// One network of the front end: its file, as it lies in the `mediapipe` package of PyPI (0.10.14; Apache-2.0), and the digest it must have.
public struct FrontEndFile: Sendable, Equatable {
    /// The file's name in the front end's folder.
    public let name: String
    /// Where the file lies in the package.
    public let origin: String
    /// SHA-256 of its bytes, lower-case hexadecimal.
    public let sha256: String
    /// What it does, in a few words.
    public let purpose: String

    /// BlazeFace for near faces: 128 x 128 pixels in, 896 anchors out.
    public static let shortRangeDetector = FrontEndFile(
        name: "face_detection_short_range.tflite",
        origin: "mediapipe/modules/face_detection/face_detection_short_range.tflite",
        sha256: "bbff11cebd1eb27a1e004cae0b0e63ec8c551cbf34a4451148b4908b8db3eca8", purpose: "finds near faces")
    /// BlazeFace for small faces: 192 x 192 pixels in, 2304 anchors out, sparse weights.
    public static let fullRangeDetector = FrontEndFile(
        name: "face_detection_full_range_sparse.tflite",
        origin: "mediapipe/modules/face_detection/face_detection_full_range_sparse.tflite",
        sha256: "2c3728e6da56f21e21a320433396fb06d40d9088f2247c05e5635a688d45dfe1", purpose: "finds small faces")
    /// Face Mesh: 192 x 192 pixels in, 468 landmarks and a presence out.
    public static let mesh = FrontEndFile(
        name: "face_landmark.tflite", origin: "mediapipe/modules/face_landmark/face_landmark.tflite",
        sha256: "1055cb9d4a9ca8b8c688902a3a5194311138ba256bcc94e336d8373a5f30c814", purpose: "places 468 landmarks")

    /// All files that the front end needs.
    public static let all = [shortRangeDetector, fullRangeDetector, mesh]

    /// Checks that the folder holds this very file.
    ///
    /// - Throws: `FaceTrackingError` with `missingModel` or `wrongModel`.
    public func verify(in directory: FilePath) throws(FaceTrackingError) {
        let path = directory.appending(name)
        let found = try Self.digest(of: path, ifMissing: "`norface models fetch` puts the front end's networks there")
        guard found == sha256 else {
            throw FaceTrackingError(
                .wrongModel,
                "\(path) is not the expected file (SHA-256 \(found), expected \(sha256)); "
                    + "`norface models fetch` replaces it")
        }
    }

    /// SHA-256 of a network's file.
    ///
    /// - Parameter hint: what to do when it cannot be read.
    /// - Throws: `FaceTrackingError` with `missingModel`.
    static func digest(of path: FilePath, ifMissing hint: String) throws(FaceTrackingError) -> String {
        do {
            return try SHA256.hex(ofFile: path)
        } catch {
            throw FaceTrackingError(.missingModel, "\(path): \(error); \(hint)")
        }
    }
}

/// The networks that find faces and place landmarks, loaded and checked. One value serves any number of trackers, and what one has made
/// ready is used again by the next.
public struct FrontEndModels: Sendable {
    let shortRange: FrontEndNetwork
    let fullRange: FrontEndNetwork
    let mesh: FrontEndNetwork
    /// Who a face is, what of it is seen, and where its eyes look.
    public let faces: FaceNetworks

    /// Loads the networks from a folder, `Models/front-end` in a checkout.
    ///
    /// - Parameter faces: the small networks.
    /// - Throws: `FaceTrackingError`: `missingModel`, `wrongModel` (a digest that does not match), or `unusableModel`.
    public init(directory: FilePath, faces: FaceNetworks = .none) throws(FaceTrackingError) {
        self.faces = faces
        shortRange = try Self.load(.shortRangeDetector, directory)
        fullRange = try Self.load(.fullRangeDetector, directory)
        mesh = try Self.load(.mesh, directory)
    }

    private static func load(_ file: FrontEndFile, _ directory: FilePath) throws(FaceTrackingError) -> FrontEndNetwork {
        try file.verify(in: directory)
        return try FrontEndNetwork(contentsOf: directory.appending(file.name))
    }

    /// Sessions that wait for their next user.
    package var idleSessions: Int {
        [shortRange, fullRange, mesh, faces.identity?.network, faces.visibility?.network, faces.gaze?.network]
            .reduce(0) { $0 + ($1?.idle.count ?? 0) }
    }
}

/// One of the networks, and its session that nobody uses.
struct FrontEndNetwork: Sendable {
    private let model: Model
    let idle = IdlePool<Int, Session>()

    /// - Throws: `FaceTrackingError` with `unusableModel`.
    init(contentsOf path: FilePath) throws(FaceTrackingError) {
        do {
            model = try Model.load(contentsOf: path)
        } catch {
            throw FaceTrackingError(.unusableModel, error.message)
        }
    }

    /// A session for one user, who gives it back.
    ///
    /// - Parameter shapes: whole shapes of inputs whose extents the model leaves open; always the same for a network.
    func take(shapes: [String: [Int]] = [:]) throws(InferenceError) -> Session {
        if let session = idle.take(0) { return session }
        return try Session(model, shapes: shapes)
    }

    /// Takes a session back.
    func giveBack(_ session: Session) {
        idle.giveBack(session, 0)
    }
}
