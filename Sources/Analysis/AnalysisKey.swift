internal import Expression
public import FaceTracking
public import Imaging
internal import Records

/// A setting of the analysis by its name: the key of the configuration, and with hyphens the option of the command line.
public struct AnalysisKey: Sendable {
    /// A place in the settings.
    public typealias Place<Value> = any WritableKeyPath<AnalysisSettings, Value> & Sendable

    /// What a setting takes, and where it is kept.
    public enum Kind: Sendable {
        /// Yes or no.
        case flag(Place<Bool>)
        /// A whole number.
        case count(Place<Int>, ClosedRange<Int>)
        /// A number that may be left open.
        case number(Place<Double?>, ClosedRange<Double>)
        /// A number from 0 to 1.
        case share(Place<Float>)
        /// A length in pixels.
        case pixels(Place<Double>)
        /// A time, in seconds.
        case seconds(Place<Double>)
        /// Parts of the picture, which may be left open.
        case parts(Place<Polygons?>)
        /// Which landmarks records show, by their number.
        case landmarks
        /// Which detector looks for faces.
        case detector(Place<TrackingOptions.Detector>)
        /// When values are smoothed.
        case smoothing
        /// How the neutral face is learned.
        case baseline
        /// Parameters of the smoothing by their names.
        case smoothingParameters
        /// Intensities by the names of AUs.
        case thresholds
    }

    /// Its name in the configuration, `max_faces`.
    public let name: String
    /// What it takes.
    public let kind: Kind
    /// What it is, for people.
    public let help: String

    /// Its name on the command line, without the two hyphens before it.
    public var option: String { name.split(separator: "_").joined(separator: "-") }

    /// All of them, in the order of the shipped configuration.
    public static let all: [AnalysisKey] = [
        AnalysisKey(name: "max_rate", kind: .number(\.maximumRate, 0.01...1_000), help: "Frames a second at most."),
        AnalysisKey(name: "thinning", kind: .flag(\.isThinned), help: "Leave frames out evenly under load."),
        AnalysisKey(
            name: "zones", kind: .parts(\.tracking.zones),
            help: "Where faces count: the middle of a face has to lie within one of these parts of the picture."),
        AnalysisKey(
            name: "mask", kind: .parts(\.mask),
            help: "Parts of the picture that are made black before anything is looked for in it."),
        AnalysisKey(
            name: "max_faces", kind: .count(\.tracking.maximumFaces, facesRange),
            help: "Faces that are followed at the same time."),
        AnalysisKey(
            name: "detector", kind: .detector(\.tracking.detector),
            help: "How faces are looked for: short (near), full (small faces too) or automatic (both)."),
        AnalysisKey(
            name: "detection_interval", kind: .seconds(\.tracking.detectionInterval),
            help: "Between detector runs while faces are followed and there is room for more."),
        AnalysisKey(
            name: "search_interval", kind: .seconds(\.tracking.searchInterval),
            help: "Between detector runs while no face is followed."),
        AnalysisKey(
            name: "smallest_face", kind: .pixels(\.tracking.smallestFace),
            help: "Width of the smallest face that is looked for, in pixels; 0 looks at the whole frame only."),
        AnalysisKey(
            name: "min_score", kind: .share(\.tracking.minimumDetectionScore), help: "The least score of a detection."),
        AnalysisKey(
            name: "min_presence", kind: .share(\.tracking.minimumPresence),
            help: "The least presence at which a face counts as seen."),
        AnalysisKey(
            name: "min_quality", kind: .share(\.minimumQuality),
            help: "Faces of less quality are left out of the records."),
        AnalysisKey(
            name: "confirmations", kind: .count(\.tracking.minHits, 1...100),
            help: "Frames that a new face must be seen in before it is reported."),
        AnalysisKey(
            name: "patience", kind: .seconds(\.tracking.maxAge), help: "How long a track waits for its face."),
        AnalysisKey(
            name: "memory", kind: .seconds(\.tracking.reidentificationWindow),
            help: "How long the appearance of somebody who left is kept."),
        AnalysisKey(name: "smoothing", kind: .smoothing, help: "When values are smoothed."),
        AnalysisKey(name: "baseline", kind: .baseline, help: "How the neutral face is learned."),
        AnalysisKey(
            name: "smoothing_parameters", kind: .smoothingParameters,
            help: "Parameters of the smoothing that differ from the bundle's."),
        AnalysisKey(
            name: "thresholds", kind: .thresholds,
            help: "Intensities from which on AUs count as present, that differ from the bundle's."),
        AnalysisKey(
            name: "events", kind: .flag(\.events.isOn), help: "Tell segments of units, blinks and winks as events."),
        AnalysisKey(
            name: "segment_least", kind: .seconds(\.events.leastSegment),
            help: "The least time that a unit must be shown to be a segment."),
        AnalysisKey(
            name: "segment_gap", kind: .seconds(\.events.segmentGap),
            help: "Segments of a unit with less than this between them are one."),
        AnalysisKey(
            name: "blink_closure", kind: .share(\.events.blinkClosure),
            help: "How far the lids must fall to be a blink or wink."),
        AnalysisKey(
            name: "landmarks", kind: .landmarks,
            help: "Landmarks in the records: 68 (the usual annotation), 468 (the whole mesh) or 0."),
        AnalysisKey(name: "head", kind: .flag(\.[tells: .head]), help: "Tell where the head is, in millimetres."),
        AnalysisKey(
            name: "focal", kind: .number(\.focal, 1...1_000_000),
            help: "Focal length of the camera in pixels; without it the longer side of the picture."),
        AnalysisKey(
            name: "derived", kind: .flag(\.[tells: .derived]),
            help: "Tell valence and arousal, derived from emotions and units."),
    ]

    /// How many faces may be followed at the same time.
    public static let facesRange = 1...64
}
