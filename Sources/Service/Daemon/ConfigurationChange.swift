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
    /// Whether files, or standard output, are others.
    public var hasNewFiles = false
    /// Whether the subscribers' socket is another.
    public var hasNewSocket = false
    /// Whether the HTTP server is another.
    public var hasNewHTTP = false

    /// Compares two configurations; nil is that of a daemon that has not started.
    public init(from old: DaemonConfiguration?, to new: DaemonConfiguration) {
        hasNewModels = old?.models != new.models
        hasNewFiles =
            old?.outputs.files != new.outputs.files || old?.outputs.stdout != new.outputs.stdout
            || Self.names(old) != Self.names(new)
        hasNewSocket = old?.outputs.socket != new.outputs.socket
        hasNewHTTP = old?.http != new.http
        let before = Self.active(old)
        let after = Self.active(new)
        for source in before where hasNewModels || !after.contains(source) { stopped.append(source.name) }
        for source in after {
            if !hasNewModels, before.contains(source) { untouched.append(source.name) } else { started.append(source) }
        }
    }

    private static func active(_ configuration: DaemonConfiguration?) -> [SourceSettings] {
        configuration?.sources.filter(\.isEnabled) ?? []
    }

    private static func names(_ configuration: DaemonConfiguration?) -> Set<String> {
        Set(active(configuration).map(\.name))
    }

    /// For the log and the status line.
    public var summary: String {
        var parts = ["\(untouched.count) sources untouched"]
        let restarted = started.map(\.name).filter(stopped.contains)
        let added = started.map(\.name).filter { !stopped.contains($0) }
        let removed = stopped.filter { !restarted.contains($0) }
        for (label, names) in [("added", added), ("removed", removed), ("restarted", restarted)] where !names.isEmpty {
            parts.append("\(label) \(names.joined(separator: " "))")
        }
        for (label, isNew) in [
            ("new models", hasNewModels), ("new files", hasNewFiles), ("new socket", hasNewSocket),
            ("new http", hasNewHTTP),
        ] where isNew { parts.append(label) }
        return parts.joined(separator: ", ")
    }
}
