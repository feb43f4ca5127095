internal import Expression
internal import FaceTracking
internal import Faces
internal import Pipeline
public import Records
internal import SystemPackage

extension AnalysisKey {
    /// What lengths in pixels may be.
    public static let pixelRange = 0.0...10_000

    /// What is wrong with a threshold, in words; nil for nothing.
    ///
    /// - Parameter value: nil for a text that is no number.
    public static func checkThreshold(_ name: String, _ value: Double?) -> String? {
        guard name.hasPrefix("AU"), name.utf8.count == 4, Int(name.dropFirst(2)) != nil else {
            return "the name of an action unit is expected, such as AU12"
        }
        guard let value, value > 0, value <= 5 else { return "an intensity above 0, at most 5, is expected" }
        return nil
    }

    /// What is wrong with a parameter of the smoothing, in words; nil for nothing.
    ///
    /// - Parameters:
    ///   - value: nil for a text that is no number.
    ///   - nearest: what is said of a name that is not known, with those that are.
    public static func checkParameter(
        _ name: String, _ value: Double?, nearest: (_ known: [String]) -> String
    ) -> String? {
        guard let value, value.isFinite, value >= 0 else { return "a number that is not negative is expected" }
        var known: [String] = []
        for mode in SmoothingOptions.Mode.allCases {
            var options = SmoothingOptions()
            options.mode = mode
            if options.set(name, to: value) { return nil }
            for parameter in options.parameters where !known.contains(parameter.name) { known.append(parameter.name) }
        }
        known.removeAll { $0 == "causal" || $0 == "offline" }
        return "unknown parameter" + nearest(known)
    }

    /// What is wrong with its value in some settings, in words that follow its name; nil for nothing.
    public func problem(in settings: AnalysisSettings) -> String? {
        func check<Value: Comparable>(_ value: Value?, _ range: ClosedRange<Value>) -> String? {
            guard let value, !range.contains(value) else { return nil }
            return "takes \(range.lowerBound) to \(range.upperBound)"
        }
        return switch kind {
        case .count(let place, let range): check(settings[keyPath: place], range)
        case .number(let place, let range): check(settings[keyPath: place], range)
        case .share(let place): check(settings[keyPath: place], 0...1)
        case .seconds(let place): check(settings[keyPath: place], 0...1e6)
        case .pixels(let place): check(settings[keyPath: place], Self.pixelRange)
        case .flag, .parts, .detector, .smoothing, .baseline, .smoothingParameters, .thresholds, .landmarks: nil
        }
    }

    /// The setting's value in words; nil where it is left open.
    func text(in settings: AnalysisSettings) -> String? {
        func list(_ values: [String: Double]) -> String? {
            values.isEmpty
                ? nil : values.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }.joined(separator: ",")
        }
        return switch kind {
        case .flag(let place): "\(settings[keyPath: place])"
        case .count(let place, _): "\(settings[keyPath: place])"
        case .number(let place, _): settings[keyPath: place].map { "\($0)" }
        case .share(let place): "\(settings[keyPath: place])"
        case .seconds(let place), .pixels(let place): "\(settings[keyPath: place])"
        case .parts(let place): settings[keyPath: place].map { "\($0)" }
        case .landmarks: "\(settings.landmarks.rawValue)"
        case .detector(let place): settings[keyPath: place].rawValue
        case .smoothing: settings.smoothing.rawValue
        case .baseline: settings.baselineFile == nil ? settings.baseline.rawValue : "file"
        case .smoothingParameters: list(settings.smoothingParameters)
        case .thresholds: list(settings.thresholds)
        }
    }
}

extension AnalysisSettings {
    /// All settings by the names that they have in the configuration, for the description of a run; those that are left open are not
    /// listed.
    public var entries: [RunInfo.Entry] {
        var entries = AnalysisKey.all.compactMap { key in key.text(in: self).map { RunInfo.Entry(key.name, $0) } }
        if case .every(let step) = selection { entries.append(RunInfo.Entry("every", "\(step)")) }
        if let baselineFile { entries.append(RunInfo.Entry("baseline_file", baselineFile.string)) }
        if focal == nil { entries.append(RunInfo.Entry("focal", "longer side of the picture")) }
        if let neutralAt { entries.append(RunInfo.Entry("neutral_at", "\(neutralAt)")) }
        return entries
    }
}
