internal import Analysis
internal import Expression
internal import FaceTracking
internal import Media
internal import ModelStore
internal import Pipeline
internal import Platform
internal import Records
internal import SystemPackage

/// The networks, loaded once for all sources.
struct AnalysisModels: Sendable {
    let frontEnd: FrontEndModels
    let bundle: ExpressionBundle
    let labels: RecordLabels

    /// Loads them from where the settings say, or else from where the programs look by themselves.
    ///
    /// - Throws: `Failure` that names the file.
    init(_ settings: ModelSettings) throws(Failure) {
        let search = ModelSearch()
        do {
            frontEnd = try FrontEndModels(directory: settings.frontEnd.map { FilePath($0) } ?? search.frontEnd)
            bundle = try ExpressionBundle(directory: search.bundle(named: settings.bundle))
        } catch {
            throw Failure(error)
        }
        let names = bundle.labels
        labels = RecordLabels(au: names.au, sides: names.sides, emotions: names.emotions)
    }

    /// Makes the pipeline of a source.
    ///
    /// - Throws: `Failure` when a network cannot be run.
    func pipeline(
        for source: SourceSettings, output: any RecordOutput, onEnd: @escaping @Sendable (PipelineOutcome) -> Void
    ) throws(Failure) -> SourcePipeline {
        do {
            let analysis = source.analysis
            let tracker = try FaceTracker(models: frontEnd, options: analysis.tracking)
            let analyzer = try ExpressionAnalyzer(
                bundle: bundle, options: analysis.expression(bundle: bundle),
                maximumFaces: analysis.tracking.maximumFaces)
            // A recording that does not play at its own pace waits for the analysis.
            var options: PipelineOptions = source.isLive ? .live(name: source.name) : .file(name: source.name)
            if let rate = analysis.maximumRate { options.selection = .rate(rate) }
            if !analysis.isThinned { options.thinning = nil }
            return SourcePipeline(
                options: options, labels: labels, finder: tracker, reader: analyzer, output: output, onEnd: onEnd)
        } catch {
            throw Failure(error)
        }
    }

    /// What is true of the records of some sources.
    func run(started: Int64, sources: [SourceSettings]) -> RunInfo {
        // What differs from source to source is in the configuration; here stands what most of them have.
        let options = (sources.first?.analysis ?? AnalysisSettings()).expression(bundle: bundle)
        return RunInfo(
            program: "norfaced \(Program.version)", started: started, labels: labels,
            model: RunInfo.Model(
                name: bundle.name, version: bundle.version,
                hashes: bundle.hashes.map { RunInfo.Entry($0.name, $0.sha256) }),
            smoothing: (options.smoothing.parameters + options.baseline.parameters).map {
                RunInfo.Parameter($0.name, $0.value)
            },
            sources: sources.map { RunInfo.Source(name: $0.name, input: $0.input) },
            versions: Program.versions.map { RunInfo.Entry($0.name, $0.version) })
    }
}

extension SourceSettings {
    /// Whether it does not wait for its reader.
    var isLive: Bool { MediaLocation(url).isLive || capture.media.realtime }
}

extension AnalysisSettings {
    /// The options of an analyzer.
    ///
    /// - Parameter bundle: gives the parameters that are not set here.
    func expression(bundle: ExpressionBundle) -> ExpressionOptions {
        var options = ExpressionOptions(bundle: bundle)
        options.smoothing.mode = smoothing == .off ? .off : .causal
        for (name, value) in smoothingParameters { _ = options.smoothing.set(name, to: value) }
        switch baseline {
        case .off: options.baseline.mode = .off
        case .adaptive: options.baseline.mode = .adaptive
        }
        return options
    }
}
