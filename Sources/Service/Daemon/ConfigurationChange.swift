internal import Sinks

/// What has to be done to get from one configuration to another. Pure.
public struct ConfigurationChange: Sendable, Equatable {
    /// Sources that must go, for good or to be started anew.
    public var stopped: [String] = []
    /// Sources that must be started.
    public var started: [SourceSettings] = []
    /// Sources that go on as if nothing had happened.
    public var untouched: [String] = []
    /// Whether the networks must be loaded.
    public var hasNewModels = false
    /// Kinds of outputs that are others, by their keys.
    public var newOutputs: [String] = []
    /// Whether the HTTP server is another.
    public var hasNewHTTP = false

    /// Compares two configurations; nil is that of a daemon that has not started.
    public init(from old: DaemonConfiguration?, to new: DaemonConfiguration) {
        hasNewModels = old?.models != new.models
        newOutputs = new.outputs.changes(
            from: old?.outputs, hasOtherSources: Self.names(old) != Self.names(new))
        hasNewHTTP = old?.http != new.http
        // Only a source that began so has its networks hand on their pictures.
        let redraws = old.map { $0.http.isNormalized != new.http.isNormalized } ?? false
        let isAnew = hasNewModels || redraws
        let before = Self.active(old)
        let after = Self.active(new)
        for source in before where isAnew || !after.contains(source) { stopped.append(source.name) }
        for source in after {
            if !isAnew, before.contains(source) { untouched.append(source.name) } else { started.append(source) }
        }
    }

    private static func active(_ configuration: DaemonConfiguration?) -> [SourceSettings] {
        configuration?.sources.filter(\.isEnabled) ?? []
    }

    private static func names(_ configuration: DaemonConfiguration?) -> Set<String> {
        Set(active(configuration).map(\.name))
    }

    /// Whether outputs must be looked at: the labels of a subscription are those of its networks.
    var concernsOutputs: Bool { hasNewModels || !newOutputs.isEmpty }

    /// For the log and the status line.
    public var summary: String {
        var parts = ["\(untouched.count) sources untouched"]
        let restarted = started.map(\.name).filter(stopped.contains)
        let added = started.map(\.name).filter { !stopped.contains($0) }
        let removed = stopped.filter { !restarted.contains($0) }
        for (label, names) in [("added", added), ("removed", removed), ("restarted", restarted)] where !names.isEmpty {
            parts.append("\(label) \(names.joined(separator: " "))")
        }
        if hasNewModels { parts.append("new models") }
        parts += newOutputs.map { "new \($0)" }
        if hasNewHTTP { parts.append("new http") }
        return parts.joined(separator: ", ")
    }
}
