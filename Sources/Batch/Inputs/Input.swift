internal import Media
internal import Platform
public import SystemPackage

/// One thing to analyse.
public struct Input: Sendable, Equatable {
    /// A path, a URL, or `-` for standard input, as people read it.
    public var location: String
    /// The path of a file, or of the folder of a sequence's pictures, in its own bytes; nil for all else.
    public var path: FilePath?
    /// The source's name in records: the file's name, with the folders that it was found in.
    public var name: String
    /// Folders between the folder that was named and the file; empty for a file that was named itself.
    public var folders: [FilePath.Component]
    /// Whether it was found in a folder rather than named.
    public var isFound: Bool
    /// The pictures that are read as one video; nil for all else.
    public var sequence: PictureNumbers?
    /// Whether the pictures of a sequence are the only ones of their folder, whose name stands for them then.
    private var isWholeFolder = false
    /// What it is told apart by, whatever it was called: a path from the root (`FilePath.exactText`), or a URL without its password.
    public let place: String

    /// Takes an argument as it was given.
    ///
    /// - Parameter path: the argument in its own bytes, where it is no text.
    public init(argument: String, path exact: FilePath? = nil) {
        location = argument
        isFound = false
        folders = []
        let media = MediaLocation(argument)
        path = media.file == nil ? nil : exact ?? media.file
        if argument == "-" {
            (name, place) = ("stdin", "-")
        } else {
            name = RedactedURL.scrub(path?.lastComponent?.string ?? argument)
            place = path?.fromRoot.exactText ?? media.name
        }
    }

    init(found path: FilePath, folders: [FilePath.Component]) {
        location = path.string
        self.path = path
        name = (folders + [path.lastComponent].compactMap { $0 }).map(\.string).joined(separator: "/")
        self.folders = folders
        isFound = true
        place = path.fromRoot.exactText
    }

    /// Numbered pictures of a folder.
    init(sequence: PictureNumbers, in folder: FilePath, folders: [FilePath.Component], isFound: Bool, isOnly: Bool) {
        let pattern = FilePath.Component(bytes: sequence.pattern)
        let whole = pattern.map { folder.appending($0) } ?? folder
        location = whole.string
        path = folder
        self.folders = isOnly ? Array(folders.dropLast()) : folders
        let last = folders.last?.string ?? folder.fromRoot.lastComponent?.string ?? pattern?.string ?? folder.string
        name =
            (isOnly ? self.folders.map(\.string) + [last] : folders.map(\.string) + [pattern?.string ?? last])
            .joined(separator: "/")
        self.isFound = isFound
        self.sequence = sequence
        isWholeFolder = isOnly
        place = whole.fromRoot.exactText
    }

    /// Whether it waits for its reader: what does not is analysed as it comes.
    public var isFile: Bool { path != nil || location == "-" }

    /// What libav opens.
    var media: MediaLocation { path.map { MediaLocation(file: $0) } ?? MediaLocation(location) }

    /// The bytes of its own name, which the names of its results are made of.
    var ownName: [UInt8] {
        if sequence != nil { return Array((name.split(separator: "/").last ?? "sequence").utf8) }
        return path?.lastComponent?.bytes ?? Array(name.utf8)
    }

    /// Its own name without the end that says what it is.
    var stem: [UInt8] {
        let name = ownName
        guard !isWholeFolder, let dot = name.lastIndex(of: UInt8(ascii: ".")), dot > 0 else { return name }
        return Array(name[..<dot])
    }

    /// Whether it is a still picture by its name.
    var isPicture: Bool {
        path?.extension.map { InputSearch.pictures.contains($0.lowercased()) } ?? false
    }
}
