public import Expression
public import FaceTracking
internal import Faces
public import Pipeline
public import Platform
public import Records
public import SystemPackage

extension RecordLabels {
    /// The names in the records of a bundle, and what else their faces have with some settings.
    init(_ labels: FaceLabels, _ settings: AnalysisSettings) {
        self.init(labels)
        landmarks = settings.landmarks.rawValue
        optionalParts = settings.optionalParts
    }
}

/// The networks, loaded once, and what puts pipelines together with them: for files, the daemon and `norface watch` alike.
public struct AnalysisModels: Sendable {
    /// Detectors and landmarks.
    public let frontEnd: FrontEndModels
    /// Normalizer and classifier.
    public let bundle: ExpressionBundle

    /// The names in the records.
    public var labels: RecordLabels { RecordLabels(bundle.labels) }

    /// The names in the records, and what else their faces have with some settings.
    public func labels(_ settings: AnalysisSettings) -> RecordLabels { RecordLabels(bundle.labels, settings) }

    /// Loads the networks.
    ///
    /// - Parameters:
    ///   - frontEnd: the folder of detectors and landmarks.
    ///   - faces: the folder of the small networks.
    ///   - bundle: the folder of normalizer and classifier.
    /// - Throws: `Failure` that names the file.
    public init(frontEnd: FilePath, faces: FilePath, bundle: FilePath) throws(Failure) {
        (self.frontEnd, self.bundle) = try sideBySide { () throws(Failure) in
            do {
                return try FrontEndModels(directory: frontEnd, faces: FaceNetworks(directory: faces))
            } catch {
                throw Failure(error)
            }
        } _: { () throws(Failure) in
            do {
                return try ExpressionBundle(directory: bundle)
            } catch {
                throw Failure(error)
            }
        }
    }

    /// Checks that the bundle can do what is asked for.
    ///
    /// - Throws: `Failure` with `usage` for a threshold of an AU that it does not read.
    public func check(_ settings: AnalysisSettings) throws(Failure) {
        do {
            try settings.expression(bundle: bundle).check(against: bundle)
        } catch {
            throw Failure(error)
        }
    }

    /// Makes the pipeline of a source.
    ///
    /// - Parameters:
    ///   - name: the source's name in records; also what the ids in a file of baselines belong to.
    ///   - isLive: whether the source does not wait for the analysis.
    ///   - output: takes the records, and the events of tracks between them.
    ///   - faces: takes the faces themselves; nil hands them to nobody.
    ///   - format: what the records are written as.
    ///   - firstSequence: the number of the first record.
    ///   - onEnd: called once when the last record was written, on any thread.
    /// - Throws: `Failure` when a network cannot be run, or a file of baselines cannot be used.
    public func pipeline(
        name: String, isLive: Bool, settings: AnalysisSettings, output: any RecordOutput,
        faces: (any FaceOutput)? = nil, format: RecordFormat = .standard, firstSequence: Int = 0,
        onEnd: (@Sendable (PipelineOutcome) -> Void)? = nil
    ) throws(Failure) -> SourcePipeline {
        do {
            let expression = settings.expression(bundle: bundle)
            let tracker = try FaceTracker(models: frontEnd, options: settings.tracking, cropSize: bundle.inputSize)
            let analyzer = try ExpressionAnalyzer(
                bundle: bundle, options: expression, maximumFaces: settings.tracking.maximumFaces)
            if let path = settings.baselineFile { try analyzer.loadBaselines(from: path, recording: name) }
            var options: PipelineOptions = isLive ? .live(name: name) : .file(name: name)
            options.selection = settings.selection
            options.neutralAt = settings.neutralAt
            options.minimumQuality = settings.minimumQuality
            let most = settings.tracking.maximumFaces
            options.facesNotChosen = most == AnalysisSettings().tracking.maximumFaces ? most : nil
            options.firstSequence = firstSequence
            options.landmarks = settings.landmarks
            options.optionalParts = settings.optionalParts
            options.focal = settings.focal
            options.tellsEvents = settings.events.isOn
            if !settings.isThinned { options.thinning = nil }
            let smoother: OfflineSmoother<FrameRecord>? =
                settings.smoothing == .offline
                ? try OfflineSmoother(bundle: bundle, options: expression) : nil
            return SourcePipeline(
                options: options, labels: labels(settings), finder: tracker, reader: analyzer, smoother: smoother,
                watch: try EventWatch(bundle: bundle, expression: expression, options: settings.events), output: output,
                faces: faces, format: format, onEnd: onEnd)
        } catch {
            throw Failure(error)
        }
    }
}
