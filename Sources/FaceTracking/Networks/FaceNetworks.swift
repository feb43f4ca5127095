internal import Faces
internal import Inference
internal import JSON
internal import Platform
public import SystemPackage

/// The small networks that say of a face who it is, what of it can be seen, and where its eyes look: a folder with `faces.json` and the graphs
/// that it names (`Documentation/Bundle.md`, "The small networks"). Each of the three may be missing; what it would tell is then not known.
///
/// One value serves any number of trackers.
public struct FaceNetworks: Sendable {
    /// The manifest's name in the folder.
    public static let fileName = "faces.json"
    /// The version of the format that this code reads.
    static let format = 1

    /// The networks' name.
    public let name: String
    /// The networks' version.
    public let version: String
    /// SHA-256 of each network's file.
    public let hashes: [(name: String, sha256: String)]
    let identity: (network: FrontEndNetwork, thresholds: IdentityThresholds)?
    let visibility: (network: FrontEndNetwork, hiddenBelow: Float)?
    let gaze: (network: FrontEndNetwork, thresholds: GazeThresholds)?

    /// No networks at all: nobody is known again but by a plain signature, everything counts as seen, and no gaze is told.
    public static let none = FaceNetworks()

    private init() {
        (name, version, hashes) = ("none", "0", [])
        (identity, visibility, gaze) = (nil, nil, nil)
    }

    /// Loads the networks from a folder, `Models/norface-faces` in a checkout.
    ///
    /// - Throws: `FaceTrackingError`: `missingModel`, `wrongModel` (a digest that does not match, a manifest that cannot be read), or
    ///   `unusableModel`.
    public init(directory: FilePath) throws(FaceTrackingError) {
        let file = directory.appending(Self.fileName)
        let text: [UInt8]
        do {
            text = try FileBytes.read(file, limit: 1 << 20)
        } catch {
            throw FaceTrackingError(
                .missingModel,
                "\(file): \(error); the folder comes with the expression bundles and has to lie beside them")
        }
        let root = try JSONField<FaceTrackingError>(file: file.string, text: text) {
            FaceTrackingError(.wrongModel, $0)
        }
        let format = try root.integer("format", in: 0...Int(Int32.max))
        guard format == Self.format else {
            throw root.failure("'format' is \(format); this version reads format \(Self.format)")
        }
        name = try root.string("name")
        version = try root.string("version")
        let networks = try root.object("networks")
        var hashes: [(name: String, sha256: String)] = []
        func load(_ key: String) throws(FaceTrackingError) -> (FrontEndNetwork, JSONField<FaceTrackingError>)? {
            guard try networks.optional(key) != nil else { return nil }
            let about = try networks.object(key)
            let file = try about.string("file")
            guard !file.contains("/"), !file.contains("\0"), file != ".." else {
                throw about.failure("has the file \"\(file)\", where the name of a file in the folder is expected")
            }
            let sha256 = try about.string("sha256")
            let path = directory.appending(file)
            let found = try FrontEndFile.digest(of: path, ifMissing: "\(Self.fileName) names it")
            guard found == sha256 else {
                throw FaceTrackingError(
                    .wrongModel,
                    "\(path) is not the file that \(Self.fileName) was written for (SHA-256 \(found), expected \(sha256))"
                )
            }
            hashes.append((key, sha256))
            return (try FrontEndNetwork(contentsOf: path), try about.object("thresholds"))
        }
        if let (network, thresholds) = try load("identity") {
            identity = (network, try IdentityThresholds(thresholds))
        } else {
            identity = nil
        }
        if let (network, thresholds) = try load("visibility") {
            visibility = (network, Float(try thresholds.number("hidden_below")))
        } else {
            visibility = nil
        }
        if let (network, thresholds) = try load("gaze") {
            gaze = (
                network,
                GazeThresholds(
                    closed: Float(try thresholds.number("closed_from")), seen: Float(try thresholds.number("seen_from"))
                )
            )
        } else {
            gaze = nil
        }
        self.hashes = hashes
    }
}

/// Distances of embeddings (Euclid's, 0-2, of two of unit length) that decide who is who; chosen on people who were not learned from.
struct IdentityThresholds: Sendable {
    /// Below it two are the same person.
    var alike: Float
    /// Above it they are not.
    var unlike: Float
    /// Below it somebody is known again by a single frame.
    var sure: Float
    /// By how much a distance must be the smaller one to decide between two.
    var margin: Float

    init(_ field: JSONField<FaceTrackingError>) throws(FaceTrackingError) {
        alike = Float(try field.number("alike"))
        unlike = Float(try field.number("unlike"))
        sure = Float(try field.number("sure"))
        margin = Float(try field.number("margin"))
        guard 0 < sure, sure <= unlike, alike <= unlike, unlike <= 2, margin >= 0 else {
            throw field.failure("has distances that are not in order")
        }
    }
}

/// Chances from which on an eye counts as closed, and as seen.
struct GazeThresholds: Sendable {
    var closed: Float
    var seen: Float
}
