internal import Platform
internal import SystemPackage

/// What tells whether an input has changed: of several pictures what is true of all of them together.
struct InputFacts: Equatable {
    /// Bytes; nil when it is no file.
    var bytes: Int?
    /// When it was changed last, in milliseconds since 1970; nil when it is no file.
    var modified: Int64?

    /// Looks at an input as it is now.
    init(_ input: Input) {
        guard let path = input.path else { return }
        let paths = input.sequence?.pictures.map { path.appending(name: $0.name) } ?? [path]
        for facts in paths.compactMap({ FileFacts($0) }) where facts.isRegular {
            bytes = (bytes ?? 0) + Int(facts.size)
            modified = max(modified ?? .min, facts.modified / 1_000_000)
        }
    }
}

/// Which files the inputs are, whatever their names: none of them may be written over.
struct InputIdentities {
    private struct Identity: Hashable {
        var device: UInt64
        var inode: UInt64
    }

    private let identities: Set<Identity>

    /// Looks at the inputs once.
    init(_ inputs: [Input]) {
        identities = Set(
            inputs.flatMap { input in
                input.sequence?.pictures.compactMap { input.path?.appending(name: $0.name) }
                    ?? [input.path].compactMap { $0 }
            }.compactMap { FileFacts($0) }.map { Identity(device: $0.device, inode: $0.inode) })
    }

    func contains(_ facts: FileFacts) -> Bool {
        identities.contains(Identity(device: facts.device, inode: facts.inode))
    }
}
