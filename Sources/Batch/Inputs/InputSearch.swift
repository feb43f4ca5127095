internal import Media
public import Platform
internal import Sinks
internal import SystemPackage

/// What arguments stand for.
public struct FoundInputs: Sendable, Equatable {
    /// What is to be analysed, in order, each once.
    public var inputs: [Input]
    /// What in the folders is not, in order.
    public var passedOver: [PassedOver]
    /// Folders that were named and hold nothing, in words for people.
    public var barren: [String]

    /// Makes a finding.
    public init(inputs: [Input] = [], passedOver: [PassedOver] = [], barren: [String] = []) {
        self.inputs = inputs
        self.passedOver = passedOver
        self.barren = barren
    }
}

/// Finds the inputs that arguments stand for.
///
/// A folder stands for every video and picture in it and in the folders below, in the order of their names: what has the name of one, and
/// what libav opens and finds a picture in. All else in it is told with its reason. Anything else that is named is taken as it is,
/// whatever its name; the same thing named twice, in whatever words, is analysed once.
public struct InputSearch {
    /// What is looked for in folders.
    public enum Target: Sendable, Equatable {
        /// Videos and pictures.
        case media
        /// Pictures.
        case pictures
        /// Numbered pictures that are one video.
        case sequences
        /// Files whose names end so: what they are, for people.
        case files(extensions: Set<String>, what: String)

        fileprivate var what: String {
            switch self {
            case .media: "videos or pictures"
            case .pictures: "pictures"
            case .sequences: "numbered pictures"
            case .files(_, let what): what
            }
        }
    }

    /// Ends of names of pictures that are taken without a look.
    public static let pictures: Set<String> = [
        "jpg", "jpeg", "png", "webp", "bmp", "tif", "tiff", "gif", "jp2", "ppm", "pgm", "tga", "avif", "heic", "heif",
    ]

    /// Ends of names that are taken in a folder without a look.
    public static let extensions: Set<String> = [
        "mp4", "m4v", "mov", "mkv", "webm", "avi", "wmv", "asf", "flv", "mpg", "mpeg", "m2v", "ts", "mts", "m2ts",
        "vob",
        "ogv", "3gp", "3g2", "mxf", "mjpeg", "mjpg", "h264", "h265", "hevc", "ivf", "y4m", "jpg", "jpeg", "png", "webp",
        "bmp", "tif", "tiff", "gif",
    ]

    private let target: Target
    private var found = FoundInputs()

    private init(target: Target) {
        self.target = target
    }

    /// Finds what arguments stand for.
    ///
    /// - Throws: `Failure` with `noInput` when there is nothing at all.
    public static func find(_ arguments: [Input], target: Target = .media) throws(Failure) -> FoundInputs {
        var search = InputSearch(target: target)
        var loose: [Input] = []
        for argument in arguments {
            let before = search.found.inputs.count
            if let path = argument.path, path.isFolder {
                search.walk(path, folders: [])
            } else if target == .sequences {
                if let input = try search.pattern(argument) {
                    search.found.inputs.append(input)
                } else {
                    loose.append(argument)
                }
                continue
            } else {
                search.found.inputs.append(argument)
            }
            if search.found.inputs.count == before {
                search.found.barren.append("\(argument.location): no \(target.what) in this folder")
            }
        }
        search.addLoose(loose)
        var known: Set<String> = []
        search.found.inputs.removeAll { !known.insert($0.place).inserted }
        if search.found.inputs.isEmpty {
            let reasons = search.found.passedOver.filter(\.reason.mayBeMedia).prefix(5).map(\.text)
            let barren = search.found.barren
            throw Failure(
                .noInput, ((barren.isEmpty ? ["no \(target.what)"] : barren) + reasons).joined(separator: "; "))
        }
        return search.found
    }

    // MARK: Folders

    private mutating func walk(_ folder: FilePath, folders: [FilePath.Component]) {
        let names: [FilePath.Component]
        do throws(Errno) {
            names = try folder.entries()
        } catch {
            found.passedOver.append(PassedOver(folder.string, .unreadable, detail: "\(error)"))
            return
        }
        var files: [FilePath.Component] = []
        for name in names {
            let path = folder.appending(name)
            do throws(Errno) {
                let kind = try FileKind(of: path)
                if let reason = Self.reason(name: name, kind: kind) {
                    if isTold { found.passedOver.append(PassedOver(path.string, reason)) }
                } else if kind == .folder {
                    walk(path, folders: folders + [name])
                } else if target == .sequences {
                    files.append(name)
                } else {
                    take(path, folders)
                }
            } catch {
                found.passedOver.append(PassedOver(path.string, .unreadable, detail: "\(error)"))
            }
        }
        if target == .sequences { addSequences(files, in: folder, folders: folders, isFound: true) }
    }

    /// Who converts records looks for them alone.
    private var isTold: Bool { if case .files = target { false } else { true } }

    /// Why something is passed over whatever is in it.
    private static func reason(name: FilePath.Component, kind: FileKind) -> PassedOver.Reason? {
        if name.string.hasPrefix(".") { return .hidden }
        return switch kind {
        case .regular, .folder: nil
        case .linkedFolder: .linkedFolder
        case .brokenLink: .brokenLink
        case .pipe: .pipe
        case .socket: .socket
        case .device: .device
        }
    }

    private mutating func take(_ path: FilePath, _ folders: [FilePath.Component]) {
        let end = path.extension?.lowercased() ?? ""
        switch target {
        case .files(let extensions, _):
            // Events stand beside their records and are none.
            let isEvents = path.lastComponent?.string.lowercased().hasSuffix(EventsFile.ending) ?? false
            if extensions.contains(end), !isEvents { found.inputs.append(Input(found: path, folders: folders)) }
            return
        case .pictures where Self.extensions.contains(end) && !Self.pictures.contains(end):
            found.passedOver.append(PassedOver(path.string, .video))
            return
        default: break
        }
        if !Self.extensions.contains(end), let (reason, detail) = FileGuess.reason(path) {
            found.passedOver.append(PassedOver(path.string, reason, detail: detail))
            return
        }
        let input = Input(found: path, folders: folders)
        if target == .pictures, !input.isPicture {
            found.passedOver.append(PassedOver(path.string, .video))
        } else {
            found.inputs.append(input)
        }
    }

    // MARK: Sequences

    /// Makes sequences of the numbered pictures of a folder.
    private mutating func addSequences(
        _ names: [FilePath.Component], in folder: FilePath, folders: [FilePath.Component], isFound: Bool
    ) {
        let isPicture = { (name: FilePath.Component) in
            name.extension.map { Self.pictures.contains($0.lowercased()) } ?? false
        }
        let (sequences, rest) = PictureNumbers.group(
            names.filter(isPicture).map(\.bytes))
        for sequence in sequences {
            let isOnly = sequences.count == 1
            // The folder that was named is one video: it is as if that had been named.
            found.inputs.append(
                Input(
                    sequence: sequence, in: folder, folders: folders,
                    isFound: isFound && !(isOnly && folders.isEmpty), isOnly: isOnly))
        }
        for name in rest {
            let text = folder.appending(String(decoding: name, as: UTF8.self)).string
            found.passedOver.append(PassedOver(text, .unnumbered))
        }
        for name in names where !isPicture(name) {
            let path = folder.appending(name)
            let isVideo = name.extension.map { Self.extensions.contains($0.lowercased()) } ?? false
            found.passedOver.append(PassedOver(path.string, isVideo ? .video : .noPicture))
        }
    }

    /// The sequence that a pattern such as `img_%04d.png` stands for; nil when it is none.
    private func pattern(_ argument: Input) throws(Failure) -> Input? {
        guard let path = argument.path, let name = path.lastComponent, !path.exists,
            let pattern = PicturePattern(name.bytes)
        else { return nil }
        let folder = path.parentFolder
        let names: [FilePath.Component]
        do throws(Errno) {
            names = try folder.entries()
        } catch {
            throw Failure(.noInput, "\(folder): \(error)")
        }
        guard let sequence = pattern.sequence(of: names.map(\.bytes)) else {
            throw Failure(.noInput, "\(argument.location): no picture has such a name")
        }
        return Input(sequence: sequence, in: folder, folders: [], isFound: false, isOnly: false)
    }

    /// Pictures that were named one by one are sequences too, as a shell makes of `*.png`.
    private mutating func addLoose(_ inputs: [Input]) {
        var folders: [FilePath] = []
        var names: [FilePath: [FilePath.Component]] = [:]
        for input in inputs {
            guard let path = input.path, let name = path.lastComponent else {
                found.passedOver.append(PassedOver(input.location, .unnumbered))
                continue
            }
            let parent = path.parentFolder
            if names[parent] == nil { folders.append(parent) }
            names[parent, default: []].append(name)
        }
        for folder in folders { addSequences(names[folder] ?? [], in: folder, folders: [], isFound: false) }
    }
}
