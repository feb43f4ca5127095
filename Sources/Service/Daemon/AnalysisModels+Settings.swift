internal import Analysis
internal import Expression
internal import FaceTracking
internal import Media
internal import ModelStore
internal import Pipeline
internal import Platform
internal import Records
internal import SystemPackage

extension AnalysisModels {
    /// Loads them from where the settings say, or else from where the programs look by themselves.
    ///
    /// - Throws: `Failure` that names the file.
    init(_ settings: ModelSettings) throws(Failure) {
        let search = ModelSearch()
        try self.init(
            frontEnd: settings.frontEnd.map { FilePath($0) } ?? search.frontEnd, faces: search.faces,
            bundle: search.bundle(named: settings.bundle))
    }

    /// Makes the pipeline of a source. A recording that does not play at its own pace waits for the analysis.
    ///
    /// - Parameter faces: takes the faces with their normalized pictures; nil makes none.
    /// - Throws: `Failure` when a network cannot be run.
    func pipeline(
        for source: SourceSettings, firstSequence: Int = 0, output: any RecordOutput, faces: (any FaceOutput)? = nil,
        onEnd: @escaping @Sendable (PipelineOutcome) -> Void
    ) throws(Failure) -> SourcePipeline {
        var analysis = source.analysis
        analysis.picture = faces == nil ? .none : .plain
        return try pipeline(
            name: source.name, isLive: source.isLive, settings: analysis, output: output, faces: faces,
            firstSequence: firstSequence, onEnd: onEnd)
    }

    /// What is true of the records of some sources.
    func run(started: Int64, sources: [SourceSettings]) -> RunInfo {
        RunInfo(
            program: "norfaced", started: started, bundle: bundle, faces: frontEnd.faces,
            sources: sources.map { AnalysedSource(name: $0.name, input: $0.input, settings: $0.analysis) })
    }
}

extension SourceSettings {
    /// Whether it does not wait for its reader.
    var isLive: Bool { MediaLocation(url).isLive || capture.media.realtime }
}
