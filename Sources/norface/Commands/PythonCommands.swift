internal import ArgumentParser
internal import Batch
internal import Glibc
internal import Platform

/// A command that a program of its own carries out: `norface NAME` becomes `norface-NAME` of the Python package, with the same arguments.
protocol PythonCommand: ParsableCommand {
    /// The command's name.
    static var name: String { get }
    /// What it is given.
    var arguments: [String] { get }
}

extension PythonCommand {
    func run() throws {
        let program = "norface-\(Self.name)"
        // Beside this program first: an installed pair belongs together.
        let path = Self.beside(program) ?? program
        var words: [UnsafeMutablePointer<CChar>?] = ([program] + arguments).map { strdup($0) } + [nil]
        defer { for word in words { free(word) } }
        // An ignored signal stays ignored in the program that takes this one's place.
        signal(SIGPIPE, SIG_DFL)
        execvp(path, &words)
        let reason =
            errno == ENOENT ? "\(program) is not on the PATH" : "\(program): \(String(cString: strerror(errno)))"
        let console = Console(program: "norface", threshold: .info, isQuiet: false)
        try console.run {
            throw Failure(
                .unavailable, "\(reason); it comes with the Python package: pip install 'norface[\(Self.name)]'")
        }
    }

    /// A program in the folder of this one.
    private static func beside(_ program: String) -> String? {
        guard let own = realpath("/proc/self/exe", nil) else { return nil }
        defer { free(own) }
        let folder = String(cString: own).split(separator: "/").dropLast().map { "/\($0)" }.joined()
        let path = "\(folder)/\(program)"
        return access(path, X_OK) == 0 ? path : nil
    }
}

/// `norface export`.
struct ExportCommand: PythonCommand {
    static let name = "export"
    static let configuration = CommandConfiguration(
        commandName: name, abstract: "Write results for OpenFace, py-feat, SPSS, ELAN, BIDS and others.",
        discussion: "Needs the Python package norface[export]; --help tells more where it is installed.", helpNames: [])

    @Argument(parsing: .captureForPassthrough) var arguments: [String] = []
}

/// `norface report`.
struct ReportCommand: PythonCommand {
    static let name = "report"
    static let configuration = CommandConfiguration(
        commandName: name, abstract: "Make a page that shows recordings in a browser.",
        discussion: "Needs the Python package norface[report]; --help tells more where it is installed.", helpNames: [])

    @Argument(parsing: .captureForPassthrough) var arguments: [String] = []
}

/// `norface relay`.
struct RelayCommand: PythonCommand {
    static let name = "relay"
    static let configuration = CommandConfiguration(
        commandName: name, abstract: "Hand live records on to MQTT, Redis, NATS, Kafka, LSL or a webhook.",
        discussion: "Needs the Python package norface[relay]; --help tells more where it is installed.", helpNames: [])

    @Argument(parsing: .captureForPassthrough) var arguments: [String] = []
}
