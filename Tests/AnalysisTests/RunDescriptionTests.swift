import Analysis
import Expression
import FaceTracking
import JSON
import Records
import SystemPackage
import TestSupport
import Testing

/// What the description of a run says of its sources.
struct RunDescriptionTests {
    private func run(_ sources: [AnalysedSource]) throws -> JSONValue {
        let bundle = try ExpressionBundle(directory: Paths.fixtures.appending("bundle"))
        return try JSONValue(
            parsing: RunInfo(program: "norfaced", started: nil, bundle: bundle, faces: .none, sources: sources).sidecar)
    }

    private func source(_ name: String, _ change: (inout AnalysisSettings) -> Void = { _ in }) -> AnalysedSource {
        var settings = AnalysisSettings()
        change(&settings)
        return AnalysedSource(name: name, input: "rtsp://\(name)/", settings: settings)
    }

    private func names(_ value: JSONValue?) -> [String] {
        guard case .object(let members)? = value else { return [] }
        return members.map(\.key)
    }

    @Test func aSourceThatIsSmoothedOtherwiseSaysSo() throws {
        let description = try run([
            source("door"),
            source("yard") {
                $0.smoothingParameters = ["gap_s": 7]
                $0.baseline = .off
            },
            source("hall") { $0.smoothing = .off }, source("gate"),
        ])
        let sources = try #require(description["sources"]?.array)
        #expect(sources.compactMap { $0["name"]?.string } == ["door", "yard", "hall", "gate"])
        #expect(description["smoothing"]?["gap_s"]?.number == 1)
        #expect(description["smoothing"]?["baseline_adaptive"]?.number == 1)
        // What is said for the run counts for the first and for those like it.
        #expect(sources[0]["smoothing"] == nil && sources[3]["smoothing"] == nil)
        #expect(sources[1]["smoothing"]?["gap_s"]?.number == 7)
        #expect(sources[1]["smoothing"]?["baseline_adaptive"]?.number == 0)
        #expect(sources[1]["smoothing"]?["causal"]?.number == 1)
        #expect(sources[2]["smoothing"]?["causal"]?.number == 0)
        #expect(sources[2]["smoothing"]?["gap_s"] == nil, "parameters that are not used are not told")
    }

    @Test func theOrderOfTheSourcesDecidesWhoseIsTheRuns() throws {
        let description = try run([source("hall") { $0.smoothing = .off }, source("door")])
        #expect(description["smoothing"]?["causal"]?.number == 0)
        let sources = try #require(description["sources"]?.array)
        #expect(sources[0]["smoothing"] == nil)
        #expect(sources[1]["smoothing"]?["causal"]?.number == 1)
    }

    @Test func aRunOfOneKindIsDescribedAsEver() throws {
        let description = try run([source("door"), source("yard")])
        for source in try #require(description["sources"]?.array) { #expect(names(source) == ["name", "input"]) }
        #expect(try names(run([])["smoothing"]).contains("gap_s"), "without a source the defaults are told")
    }

    @Test func parametersOfTheBundleAreUnderThoseOfTheSettings() throws {
        let bundle = try ExpressionBundle(directory: Paths.fixtures.appending("bundle"))
        var settings = AnalysisSettings()
        #expect(settings.expression(bundle: bundle) == ExpressionOptions(bundle: bundle))
        settings.smoothingParameters = ["intensity_beta": 0.125]
        var expected = ExpressionOptions(bundle: bundle)
        expected.smoothing.intensity.beta = 0.125
        #expect(settings.expression(bundle: bundle) == expected)
    }
}
