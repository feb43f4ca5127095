public import Expression
public import FaceTracking
internal import Faces
internal import Pipeline
public import Records

/// A source and how it is analysed, for the description of a run.
public struct AnalysedSource: Sendable {
    /// Name of the source, as in its records.
    public var name: String
    /// URL, device or path, without credentials.
    public var input: String
    /// Where a file is, from the root (`RunInfo.Source.path`).
    public var path: String?
    /// How it is analysed.
    public var settings: AnalysisSettings

    /// Makes a source of its parts.
    public init(name: String, input: String, path: String? = nil, settings: AnalysisSettings) {
        self.name = name
        self.input = input
        self.path = path
        self.settings = settings
    }
}

extension RunInfo {
    /// Describes the analysis of some sources.
    ///
    /// `smoothing` and `settings` of the run are those of the first source; a source whose own are others says so itself.
    ///
    /// - Parameters:
    ///   - program: name of the program; its version is added.
    ///   - started: microseconds since 1970; nil in runs that must give the same bytes each time.
    ///   - faces: the small networks.
    ///   - settings: what the records depend on besides the settings of the analysis, which are added.
    ///   - format: name of the records' format, where it is not JSON Lines.
    public init(
        program: String, started: Int64?, bundle: ExpressionBundle, faces: FaceNetworks, sources: [AnalysedSource],
        settings: [RunInfo.Entry] = [], format: String? = nil
    ) {
        let parameters = sources.map { Self.parameters($0.settings, bundle) }
        let common = parameters.first ?? Self.parameters(AnalysisSettings(), bundle)
        let entries = sources.first?.settings.entries ?? []
        self.init(
            program: "\(program) \(Program.version)", started: started,
            labels: RecordLabels(bundle.labels, sources.first?.settings ?? AnalysisSettings()),
            model: RunInfo.Model(
                name: bundle.name, version: bundle.version,
                hashes: bundle.hashes.map { RunInfo.Entry($0.name, $0.sha256) }),
            smoothing: common,
            sources: zip(sources, parameters).map { source, own in
                RunInfo.Source(
                    name: source.name, input: source.input, path: source.path,
                    smoothing: own == common ? nil : own,
                    settings: source.settings.entries == entries ? nil : source.settings.entries)
            },
            versions: Program.versions.map { RunInfo.Entry($0.name, $0.version) },
            frontEnd: FrontEndFile.all.map { RunInfo.Entry($0.name, $0.sha256) }
                + faces.hashes.map { RunInfo.Entry("\(faces.name)/\($0.name)", $0.sha256) },
            settings: entries + settings, format: format)
    }

    private static func parameters(_ settings: AnalysisSettings, _ bundle: ExpressionBundle) -> [RunInfo.Parameter] {
        let options = settings.expression(bundle: bundle)
        return (options.smoothing.parameters + options.baseline.parameters).map { RunInfo.Parameter($0.name, $0.value) }
    }
}
