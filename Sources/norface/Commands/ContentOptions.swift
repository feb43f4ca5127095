internal import Analysis
public import ArgumentParser
internal import Expression
public import Faces
internal import Pipeline
internal import Records

/// What the records tell besides the readings: what the daemon's configuration can set under `analysis`, under the same names (`AnalysisKey`).
struct ContentOptions: ParsableArguments {
    @Flag(
        name: .long, inversion: .prefixedNo, exclusivity: .chooseLast,
        help: "Tell segments of units, blinks and winks: in NAME.events.jsonl beside a file of records.")
    var events = AnalysisSettings().events.isOn

    @Option(
        name: .long,
        help: ArgumentHelp("The least time that a unit must be shown to be a segment.", valueName: "seconds"))
    var segmentLeast = AnalysisSettings().events.leastSegment

    @Option(
        name: .long,
        help: ArgumentHelp("Segments of a unit with less than this between them are one.", valueName: "seconds"))
    var segmentGap = AnalysisSettings().events.segmentGap

    @Option(
        name: .long,
        help: ArgumentHelp("How far the lids must fall, 0 to 1, to be a blink or wink.", valueName: "closure"))
    var blinkClosure = AnalysisSettings().events.blinkClosure

    @Option(
        name: .long,
        help: ArgumentHelp(
            "Landmarks in the records: 68 (the usual annotation), 468 (the whole mesh) or 0.", valueName: "number"))
    var landmarks = AnalysisSettings().landmarks

    @Flag(
        name: .long, inversion: .prefixedNo, exclusivity: .chooseLast,
        help: "Tell where the head is, in millimetres in the camera's frame.")
    var head = AnalysisSettings()[tells: .head]

    @Flag(
        name: .long, inversion: .prefixedNo, exclusivity: .chooseLast,
        help: "Tell valence and arousal, derived from emotions and units as FaceReader documents its own.")
    var derived = AnalysisSettings()[tells: .derived]

    @Option(
        name: .long,
        help: ArgumentHelp(
            "Focal length of the camera in pixels, for --head. Without it the longer side of the picture.",
            valueName: "pixels"))
    var focal: Double?

    func validate() throws {
        guard focal == nil || head else { throw ValidationError("--focal is for --head.") }
        var settings = AnalysisSettings()
        apply(to: &settings)
        try settings.checkOptions()
    }

    /// Puts what is asked for into settings.
    func apply(to settings: inout AnalysisSettings) {
        settings.events.isOn = events
        settings.events.leastSegment = segmentLeast
        settings.events.segmentGap = segmentGap
        settings.events.blinkClosure = blinkClosure
        settings.landmarks = landmarks
        settings[tells: .head] = head
        settings[tells: .derived] = derived
        settings.focal = focal
    }
}

extension LandmarkSet: ExpressibleByArgument {}
