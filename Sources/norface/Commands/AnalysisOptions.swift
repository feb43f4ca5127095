internal import Analysis
public import ArgumentParser
internal import Expression
public import FaceTracking
public import Imaging
internal import Pipeline
internal import Platform
internal import Records
internal import SystemPackage

/// How faces are analysed: what the daemon's configuration can set under `analysis`, under the same names (`AnalysisKey`), and what only
/// recordings have. What the records tell besides stands in `ContentOptions`.
struct AnalysisOptions: ParsableArguments {
    @Option(name: .long, help: ArgumentHelp("Analyse every Nth frame.", valueName: "n"))
    var every: Int?

    @Option(
        name: [.customLong("max-rate"), .customLong("fps")],
        help: ArgumentHelp("Analyse at most so many frames a second, evenly.", valueName: "rate"))
    var maximumRate: Double?

    @Flag(
        name: .customLong("thinning"), inversion: .prefixedNo, exclusivity: .chooseLast,
        help: "Leave frames of live inputs out evenly under load.")
    var isThinned = AnalysisSettings().isThinned

    @Option(
        name: .long,
        help: ArgumentHelp(
            "Where faces count, as polygons in shares of the picture's width and height: \"0,0 0.5,0 0.5,1 0,1\"; several are parted by ;",
            valueName: "polygons"))
    var zones: Polygons?

    @Option(
        name: .long,
        help: ArgumentHelp(
            "Parts of the picture that are made black before anything is looked for in it, as for --zones.",
            valueName: "polygons"))
    var mask: Polygons?

    @Option(
        name: [.customLong("max-faces"), .customLong("faces")],
        help: ArgumentHelp("Faces that are followed at the same time.", valueName: "n"))
    var faces = AnalysisSettings().tracking.maximumFaces

    @Option(name: .long, help: "How faces are looked for: short (near), full (small faces too) or automatic (both).")
    var detector = AnalysisSettings().tracking.detector

    @Option(
        name: .long,
        help: ArgumentHelp(
            "Time between detector runs while faces are followed and there is room for more.", valueName: "seconds"))
    var detectionInterval = AnalysisSettings().tracking.detectionInterval

    @Option(
        name: .long,
        help: ArgumentHelp("Time between detector runs while no face is followed.", valueName: "seconds"))
    var searchInterval = AnalysisSettings().tracking.searchInterval

    @Option(
        name: .long,
        help: ArgumentHelp(
            "Width of the smallest face that is looked for; 0 looks at the whole frame only.", valueName: "pixels"))
    var smallestFace = AnalysisSettings().tracking.smallestFace

    @Option(name: .long, help: ArgumentHelp("The least score of a detection, 0 to 1.", valueName: "score"))
    var minScore = AnalysisSettings().tracking.minimumDetectionScore

    @Option(
        name: .long,
        help: ArgumentHelp("The least presence, 0 to 1, at which a face counts as seen.", valueName: "presence"))
    var minPresence = AnalysisSettings().tracking.minimumPresence

    @Option(
        name: .long,
        help: ArgumentHelp(
            "Faces of less quality, 0 to 1, are left out of the records; how many is told at the end.",
            valueName: "quality"))
    var minQuality = AnalysisSettings().minimumQuality

    @Option(
        name: .long,
        help: ArgumentHelp("Frames in which a new face must be seen before it is reported.", valueName: "n"))
    var confirmations = AnalysisSettings().tracking.minHits

    @Option(name: .long, help: ArgumentHelp("How long a track waits for its face.", valueName: "seconds"))
    var patience = AnalysisSettings().tracking.maxAge

    @Option(
        name: .long,
        help: ArgumentHelp("How long the appearance of somebody who left is kept.", valueName: "seconds"))
    var memory = AnalysisSettings().tracking.reidentificationWindow

    @Flag(name: .long, help: "Smooth with the future too: nothing comes late. Records come half a second later.")
    var offline = false

    @Flag(name: .long, help: "Do not smooth.")
    var noSmoothing = false

    @Option(
        name: .customLong("smoothing-parameter"),
        help: ArgumentHelp(
            "A parameter of the smoothing, by its name in the sidecar; may be given several times.",
            valueName: "name=value"))
    var smoothingParameters: [NamedNumber] = []

    @Option(
        name: .customLong("threshold"),
        help: ArgumentHelp(
            "The intensity from which on a unit counts as present, such as AU12=0.8; may be given several times.",
            valueName: "unit=intensity"))
    var thresholds: [NamedNumber] = []

    @Option(
        name: .long,
        help: ArgumentHelp(
            "Neutral faces that were saved are taken off the intensities; no other is learned then.",
            valueName: "file"),
        completion: .file())
    var baseline: String?

    @Flag(
        name: .long,
        help: "Take no neutral face off. Without this each person's own is learned in the first seconds and taken off."
    )
    var noBaseline = false

    @Option(
        name: .long, help: ArgumentHelp("Save the neutral faces at the end.", valueName: "file"),
        completion: .file())
    var saveBaseline: String?

    @Option(
        name: .long,
        help: ArgumentHelp(
            "The faces that are seen at this time (pts of the records) are neutral; they are taken off from there on.",
            valueName: "seconds"))
    var neutralAt: Double?

    func validate() throws {
        guard every == nil || maximumRate == nil else { throw ValidationError("Choose --every or --max-rate.") }
        guard every ?? 1 >= 1 else { throw ValidationError("--every takes 1 or more.") }
        guard !(offline && noSmoothing) else { throw ValidationError("Choose --offline or --no-smoothing.") }
        guard !(noBaseline && (baseline != nil || saveBaseline != nil || neutralAt != nil)) else {
            throw ValidationError(
                "--no-baseline takes no neutral face off: no --baseline, --save-baseline or --neutral-at.")
        }
        guard neutralAt?.isFinite ?? true else { throw ValidationError("--neutral-at takes seconds.") }
        for threshold in thresholds {
            if let problem = AnalysisKey.checkThreshold(threshold.name, threshold.value) {
                throw ValidationError("--threshold \(threshold.name): \(problem).")
            }
        }
        for parameter in smoothingParameters {
            let problem = AnalysisKey.checkParameter(parameter.name, parameter.value) {
                "; there are \($0.joined(separator: ", "))"
            }
            if let problem { throw ValidationError("--smoothing-parameter \(parameter.name): \(problem).") }
        }
        try settings.checkOptions()
    }

    /// What is asked for.
    var settings: AnalysisSettings {
        var settings = AnalysisSettings()
        settings.tracking.zones = zones
        settings.mask = mask
        settings.tracking.maximumFaces = faces
        settings.tracking.detector = detector
        settings.tracking.detectionInterval = detectionInterval
        settings.tracking.searchInterval = searchInterval
        settings.tracking.smallestFace = smallestFace
        settings.tracking.minimumDetectionScore = minScore
        settings.tracking.minimumPresence = minPresence
        settings.tracking.minHits = confirmations
        settings.tracking.maxAge = patience
        settings.tracking.reidentificationWindow = memory
        settings.isThinned = isThinned
        settings.minimumQuality = minQuality
        if let every, every > 1 { settings.selection = .every(every) }
        if let maximumRate { settings.selection = .rate(maximumRate) }
        settings.smoothing = offline ? .offline : noSmoothing ? .off : .causal
        for parameter in smoothingParameters { settings.smoothingParameters[parameter.name] = parameter.value }
        for threshold in thresholds { settings.thresholds[threshold.name] = threshold.value }
        if noBaseline { settings.baseline = .off }
        settings.baselineFile = baseline.map { FilePath($0) }
        settings.savedBaseline = saveBaseline.map { FilePath($0) }
        settings.neutralAt = neutralAt
        return settings
    }
}

extension AnalysisSettings {
    /// Throws what is wrong with a setting, under the name of its option.
    func checkOptions() throws {
        for key in AnalysisKey.all {
            if let problem = key.problem(in: self) { throw ValidationError("--\(key.option) \(problem).") }
        }
    }
}

/// A name and a number, `AU12=0.8`.
struct NamedNumber: ExpressibleByArgument {
    let name: String
    let value: Double

    init?(argument: String) {
        let parts = argument.split(separator: "=", omittingEmptySubsequences: false)
        guard parts.count == 2, !parts[0].isEmpty, let value = Double(parts[1]) else { return nil }
        (name, self.value) = (String(parts[0]), value)
    }
}

extension TrackingOptions.Detector: ExpressibleByArgument {}

extension Polygons: ExpressibleByArgument {
    /// Reads the text of an option.
    public init?(argument: String) { self.init(argument) }
}
