public import Expression
public import FaceTracking
public import Faces
public import Imaging
public import Pipeline
public import Records
public import SystemPackage

/// How a source is analysed: files, the daemon's sources, and what `norface watch` opens. The defaults stand here and nowhere else.
public struct AnalysisSettings: Sendable, Equatable {
    /// Which frames are analysed.
    public var selection = FrameSelection.all
    /// Whether frames of a live source are left out evenly under load.
    public var isThinned = true
    /// Parts of the picture that are made black before anything is looked for in it; nil for none.
    public var mask: Polygons?
    /// How faces are found and followed.
    public var tracking = TrackingOptions()
    /// When values are smoothed.
    public var smoothing = SmoothingOptions.Mode.causal
    /// Parameters of the smoothing that differ from the bundle's, by their names in the run's description.
    public var smoothingParameters: [String: Double] = [:]
    /// How the neutral face is learned.
    public var baseline = BaselineOptions.Mode.adaptive
    /// Intensities from which on AUs count as present, by the AUs' names, in the place of the bundle's.
    public var thresholds: [String: Double] = [:]
    /// Faces of less quality are left out of the records, 0-1.
    public var minimumQuality: Float = 0
    /// Segments, blinks and winks.
    public var events = EventOptions()
    /// Which landmarks records show.
    public var landmarks = LandmarkSet.none
    /// What records show of faces beside what all show, but for landmarks: `head`, `derived`.
    public var optionalParts: RecordFields = []
    /// Focal length in square pixels, for where the head is; nil takes the longer side of the picture.
    public var focal: Double?
    /// A file of baselines that come into force, frozen; nil learns them.
    public var baselineFile: FilePath?
    /// Where the baselines are saved at the end; nil saves none.
    public var savedBaseline: FilePath?
    /// Seconds of the stream at which the faces that are seen are neutral; nil never.
    public var neutralAt: Double?
    /// Which normalized picture faces have, for who takes the faces themselves.
    public var picture = NormalizedPicture.none

    /// The defaults.
    public init() {}

    /// Whether records show an optional part.
    public subscript(tells part: RecordFields) -> Bool {
        get { optionalParts.contains(part) }
        set { if newValue { optionalParts.formUnion(part) } else { optionalParts.subtract(part) } }
    }

    /// Frames a second that are analysed at most; nil leaves the number open.
    public var maximumRate: Double? {
        get { if case .rate(let rate) = selection { rate } else { nil } }
        set {
            if let newValue { selection = .rate(newValue) } else if maximumRate != nil { selection = .all }
        }
    }

    /// The options of an analyzer.
    ///
    /// - Parameter bundle: gives the parameters that are not set here.
    public func expression(bundle: ExpressionBundle) -> ExpressionOptions {
        var options = ExpressionOptions(bundle: bundle)
        options.smoothing.mode = smoothing
        for (name, value) in smoothingParameters { _ = options.smoothing.set(name, to: value) }
        options.baseline.mode = baseline
        options.thresholds = thresholds
        options.picture = picture
        return options
    }
}
