internal import Analysis
internal import FaceTracking
internal import Pipeline
internal import Records
internal import SystemPackage

extension AnalysisSettings {
    /// What a sidecar says of them: what the records depend on.
    var entries: [RunInfo.Entry] {
        var entries = [
            RunInfo.Entry("faces", "\(tracking.maximumFaces)"), RunInfo.Entry("detector", tracking.detector.rawValue),
        ]
        switch selection {
        case .all: break
        case .every(let step): entries.append(RunInfo.Entry("every", "\(step)"))
        case .rate(let rate): entries.append(RunInfo.Entry("fps", "\(rate)"))
        }
        if let baselineFile { entries.append(RunInfo.Entry("baseline", baselineFile.string)) }
        if let neutralAt { entries.append(RunInfo.Entry("neutral_at", "\(neutralAt)")) }
        return entries
    }
}
