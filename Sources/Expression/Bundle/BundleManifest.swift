internal import Faces
internal import JSON
internal import Platform
internal import SystemPackage

/// What `bundle.json` says (`Documentation/Bundle.md`), checked as far as it can be without the networks.
struct BundleManifest: Sendable {
    /// The file of a network and the digest it must have.
    struct Network: Sendable {
        let name: String
        let file: String
        let sha256: String
    }

    /// The intensities from which on an AU is present, and below which it is no longer.
    struct Threshold: Sendable, Equatable {
        let on: Float
        let off: Float
    }

    static let fileName = "bundle.json"
    /// The version of the format that this code reads.
    static let format = 1
    /// The one way to cut a face out that there is, so far.
    static let alignment = "anchors-8"

    let name: String
    let version: String
    let labels: FaceLabels
    let inputSize: Int
    let normalizedSize: Int
    /// Landmarks whose geometry the classifier reads, in order.
    let geometryPoints: [Int]
    let geometryScale: Float
    let normalizer: Network
    let classifier: Network
    /// Makes larger normalized pictures; nil where bundle.json names none.
    let portrait: Network?
    /// A curve for each AU; nil where the network's output is the intensity.
    let calibration: [CalibrationCurve?]
    /// Thresholds of each AU.
    let thresholds: [Threshold]
    let temperature: Float
    /// The bundle's own defaults for the smoothing, by parameter name.
    let smoothing: [(name: String, value: Double)]

    /// Reads the manifest of a bundle's folder.
    ///
    /// - Throws: `missingBundle` and `invalidBundle`.
    init(directory: FilePath) throws(ExpressionError) {
        let file = directory.appending(Self.fileName)
        let text: [UInt8]
        do throws(Errno) {
            text = try FileBytes.read(file, limit: 4 << 20)
        } catch {
            throw ExpressionError(.missingBundle, "\(file): \(error); a bundle is a folder with a bundle.json in it")
        }
        try self.init(ExpressionField(file: file, text: text, code: .invalidBundle))
    }

    private init(_ root: ExpressionField) throws(ExpressionError) {
        let format = try root.integer("format", in: 0...Int(Int32.max))
        guard format == Self.format else {
            throw root.failure("'format' is \(format); this version reads format \(Self.format)")
        }
        name = try root.string("name")
        version = try root.string("version")

        let input = try root.object("input")
        inputSize = try input.integer("size", in: 16...1024)
        let alignment = try input.string("alignment")
        guard alignment == Self.alignment else {
            throw input.failure("has the alignment \"\(alignment)\", where \"\(Self.alignment)\" is expected")
        }
        normalizedSize = try root.object("normalized").integer("size", in: 16...1024)

        let geometry = try root.object("geometry")
        var points: [Int] = []
        for point in try geometry.array("points") {
            points.append(try point.integer(in: 0...Face.landmarkCount - 1))
        }
        guard !points.isEmpty else { throw geometry.failure("has no points") }
        geometryPoints = points
        geometryScale = Float(try geometry.number("scale"))

        labels = try Self.labels(root.object("labels"))
        let networks = try root.object("networks")
        normalizer = try Self.network(networks, "normalizer")
        classifier = try Self.network(networks, "classifier")
        portrait = try networks.optional("portrait") == nil ? nil : Self.network(networks, "portrait")

        let calibration = try root.object("calibration")
        let thresholds = try root.object("thresholds")
        var curves: [CalibrationCurve?] = []
        var limits: [Threshold] = []
        for name in labels.au {
            if let field = try calibration.optional(name) {
                curves.append(try CalibrationCurve(field))
            } else {
                curves.append(nil)
            }
            limits.append(try Self.threshold(thresholds.object(name)))
        }
        self.calibration = curves
        self.thresholds = limits

        temperature = Float(try root.number("emotion_temperature"))
        guard temperature > 0, temperature.isFinite else {
            throw root.failure("'emotion_temperature' is \(temperature), where a number above 0 is expected")
        }
        var smoothing: [(name: String, value: Double)] = []
        for (key, field) in try root.object("smoothing").members() {
            smoothing.append((key, try field.number()))
        }
        self.smoothing = smoothing
    }

    private static func labels(_ field: ExpressionField) throws(ExpressionError) -> FaceLabels {
        let au = try names(field, "au")
        let sides = try names(field, "sides")
        let emotions = try names(field, "emotions")
        guard !au.isEmpty else { throw field.failure("has no action units in 'au'") }
        guard !emotions.isEmpty else { throw field.failure("has no emotions in 'emotions'") }
        if let unknown = sides.first(where: { !au.contains($0) }) {
            throw field.failure("has the side \(unknown), which is not among 'au'")
        }
        return FaceLabels(au: au, sides: sides, emotions: emotions)
    }

    private static func names(_ field: ExpressionField, _ key: String) throws(ExpressionError) -> [String] {
        var names: [String] = []
        for element in try field.array(key) {
            let name = try element.string()
            guard !names.contains(name) else { throw element.failure("names \(name) a second time") }
            names.append(name)
        }
        return names
    }

    private static func network(_ field: ExpressionField, _ name: String) throws(ExpressionError) -> Network {
        let network = try field.object(name)
        let file = try network.string("file")
        // A bundle comes from somebody else: its files are its own.
        guard !file.contains("/"), !file.contains("\0"), file != ".." else {
            throw network.failure(
                "has the file \"\(file)\", where the name of a file in the bundle's folder is expected")
        }
        let sha256 = try network.string("sha256")
        guard sha256.utf8.count == 64, sha256.allSatisfy({ $0.isHexDigit && !$0.isUppercase }) else {
            throw network.failure("has a 'sha256' that is not 64 lower-case hexadecimal digits")
        }
        return Network(name: name, file: file, sha256: sha256)
    }

    private static func threshold(_ field: ExpressionField) throws(ExpressionError) -> Threshold {
        let threshold = Threshold(on: Float(try field.number("on")), off: Float(try field.number("off")))
        guard threshold.on >= threshold.off else { throw field.failure("has an 'off' above its 'on'") }
        return threshold
    }
}
