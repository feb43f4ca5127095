internal import Media
public import Platform
internal import Sinks
internal import SystemPackage

/// One thing to analyse.
public struct Input: Sendable, Equatable {
    /// A path, a URL, or `-` for standard input.
    public var location: String
    /// The source's name in records: the file's name.
    public var name: String
    /// Folders between the folder that was named and the file; empty for a file that was named itself.
    public var folders: [String]
    /// Whether it was found in a folder rather than named.
    public var isFound: Bool

    /// Takes an argument as it was given.
    public init(argument: String) {
        location = argument
        isFound = false
        folders = []
        if argument == "-" {
            name = "stdin"
        } else {
            let base = FilePath(argument).lastComponent?.string ?? argument
            name = RedactedURL.scrub(MediaLocation(argument).kind == .file ? base : argument)
        }
    }

    init(found path: FilePath, folders: [String]) {
        location = path.string
        name = path.lastComponent?.string ?? path.string
        self.folders = folders
        isFound = true
    }

    /// Whether it waits for its reader: what does not is analysed as it comes.
    public var isFile: Bool { MediaLocation(location).kind == .file }
}

/// Finds the inputs that arguments stand for.
///
/// A folder stands for every video and picture in it and in the folders below, by the ends of their names, in the order of
/// their names. What is hidden (`.name`) is passed over, links to folders are not followed. Anything else that is named is taken
/// as it is, whatever its name; the same thing named twice is analysed once.
public enum InputSearch {
    /// Ends of names that a folder is searched for.
    public static let extensions: Set<String> = [
        "mp4", "m4v", "mov", "mkv", "webm", "avi", "wmv", "asf", "flv", "mpg", "mpeg", "m2v", "ts", "mts", "m2ts",
        "vob",
        "ogv", "3gp", "3g2", "mxf", "mjpeg", "mjpg", "h264", "h265", "hevc", "ivf", "y4m", "jpg", "jpeg", "png", "webp",
        "bmp", "tif", "tiff", "gif",
    ]

    /// Finds what arguments stand for.
    ///
    /// - Parameters:
    ///   - extensions: ends of names that a folder is searched for.
    ///   - what: what they are, for people.
    /// - Throws: `Failure` with `noInput` when a folder that was named holds nothing or cannot be read.
    public static func find(
        _ arguments: [String], extensions: Set<String> = extensions, what: String = "videos or pictures"
    ) throws(Failure) -> [Input] {
        var inputs: [Input] = []
        for argument in arguments {
            let input = Input(argument: argument)
            guard argument != "-", input.isFile, FilePath(argument).isFolder else {
                inputs.append(input)
                continue
            }
            let found = try walk(FilePath(argument), folders: [], extensions)
            guard !found.isEmpty else { throw Failure(.noInput, "\(argument): no \(what) in this folder") }
            inputs += found
        }
        var known: Set<String> = []
        return inputs.filter { known.insert($0.location).inserted }
    }

    private static func walk(
        _ folder: FilePath, folders: [String], _ extensions: Set<String>
    ) throws(Failure) -> [Input] {
        let names: [String]
        do throws(Errno) {
            names = try RealSystemCalls().names(in: folder)
        } catch {
            throw Failure(.noInput, "\(folder): \(error)")
        }
        var inputs: [Input] = []
        for name in names.sorted() where !name.hasPrefix(".") {
            let path = folder.appending(name)
            // A link to a folder could lead back here.
            if path.isFolder {
                if !FileFacts.isLink(path) { inputs += try walk(path, folders: folders + [name], extensions) }
            } else if let end = path.extension?.lowercased(), extensions.contains(end) {
                inputs.append(Input(found: path, folders: folders))
            }
        }
        return inputs
    }
}
