internal import Media
internal import Platform
internal import SystemPackage

/// Chooses names for results in a folder.
///
/// An input whose results are there keeps their name, and what its records call it, whatever else there is to analyse now. All others are
/// called `NAME.END`; where two would meet, or that name belongs to another recording that is still there, the end of the name is kept
/// (`a.mov.END`), and where that is not enough the folders that tell them apart.
struct OutputNames {
    /// Bytes that a name may have: what is added to it while it is written must fit, too.
    private static let longest = 225

    let folder: FilePath
    /// How names of results end.
    let end: String
    let results: ResultOwners?

    func jobs(for inputs: [Input]) -> [Job] {
        var inputs = inputs
        var files = [FilePath?](repeating: nil, count: inputs.count)
        var used: Set<FilePath> = []
        for index in inputs.indices {
            guard let results else { break }
            for file in Self.candidates(inputs[index]).map(path) where !used.contains(file) {
                guard case .own(let name) = results.owner(of: file, for: inputs[index]) else { continue }
                used.insert(file)
                files[index] = file
                inputs[index].name = name
                break
            }
        }
        let known = Set(inputs.indices.filter { files[$0] != nil })
        for level in 0..<Self.candidateCount {
            let open = inputs.indices.filter { files[$0] == nil }
            let wanted = open.map { path(Self.candidates(inputs[$0])[level]) }
            let counts = Dictionary(wanted.map { ($0, 1) }, uniquingKeysWith: +)
            for (index, file) in zip(open, wanted) where counts[file] == 1 && !used.contains(file) {
                if case .other? = results?.owner(of: file, for: inputs[index]) { continue }
                files[index] = file
                used.insert(file)
            }
        }
        // Beyond all that is only what looks the same in every way: a number tells it apart.
        for index in inputs.indices where files[index] == nil {
            let names = Self.candidates(inputs[index])[1]
            for number in 2... {
                let file = path(names.dropLast() + [names[names.count - 1] + Array("-\(number)".utf8)])
                if used.contains(file) || results?.owner(of: file, for: inputs[index]) == .other { continue }
                files[index] = file
                used.insert(file)
                break
            }
        }
        Self.tellApart(&inputs, keeping: known)
        return zip(inputs, files).map { Job(input: $0, destination: .file($1!)) }
    }

    /// Gives inputs of one name longer ones, so that their records can be told apart.
    ///
    /// - Parameter known: which ones have names already that stay.
    static func tellApart(_ inputs: inout [Input], keeping known: Set<Int> = []) {
        // What is no text may still read the same: then the place says its bytes.
        for longer in [{ $0.media.name }, { $0.place }] as [(Input) -> String] {
            let counts = Dictionary(inputs.map { ($0.name, 1) }, uniquingKeysWith: +)
            for index in inputs.indices where counts[inputs[index].name, default: 0] > 1 && !known.contains(index) {
                inputs[index].name = longer(inputs[index])
            }
        }
    }

    private static let candidateCount = 4

    /// How the names of files end that stand beside those of records.
    private static let companions = [".events", ".meta"].map { Array($0.utf8) }

    /// Names in the order in which they are tried, each as the names of folders and one of a file without its end.
    private static func candidates(_ input: Input) -> [[[UInt8]]] {
        let folders = input.folders.map(\.bytes)
        let name = safe(input.ownName)
        // The records of `a.events.mp4` are not to be the events of `a.mp4`.
        let stem = safe(input.stem)
        let isCompanion = companions.contains { stem.suffix($0.count).elementsEqual($0) }
        return [
            folders + [isCompanion ? name : stem], folders + [name], components(of: FilePath(input.location), name),
            components(of: FilePath(exactText: input.place), name),
        ]
    }

    /// The folders of a path, without what would lead out of the output, and a name.
    private static func components(of path: FilePath, _ name: [UInt8]) -> [[UInt8]] {
        path.removingLastComponent().lexicallyNormalized().components.filter { $0.kind == .regular }.map(\.bytes)
            + [name]
    }

    private func path(_ names: [[UInt8]]) -> FilePath {
        var path = folder
        for (index, name) in names.enumerated() {
            let bytes = index == names.count - 1 ? Self.shortened(name) + Array(".\(end)".utf8) : name
            path.append(FilePath(bytes: bytes).components)
        }
        return path
    }

    /// The name of a URL holds what a file's name cannot.
    private static func safe(_ name: [UInt8]) -> [UInt8] {
        name.map { $0 == UInt8(ascii: "/") || $0 == 0 ? UInt8(ascii: "_") : $0 }
    }

    /// A name that is too long is cut, and ends with its hash.
    private static func shortened(_ name: [UInt8]) -> [UInt8] {
        guard name.count > longest else { return name }
        var cut = name[..<(longest - 17)]
        // Not within a character.
        while let last = cut.last, last & 0xC0 == 0x80 { cut.removeLast() }
        if let last = cut.last, last >= 0xC0 { cut.removeLast() }
        let hash = String(Shard.hash(name), radix: 16)
        return Array(cut) + Array("~\(hash)".utf8)
    }
}
