internal import Analysis
public import ArgumentParser
public import Batch
internal import Media
internal import ModelStore
internal import Platform
public import Records
internal import SystemPackage

/// Where models are found.
struct ModelOptions: ParsableArguments {
    @Option(
        name: .long,
        help: ArgumentHelp(
            "The models folder: front-end/ and bundles.",
            discussion: """
                Without it: $NORFACE_MODELS, Models of the checkout around the executable, \
                $XDG_DATA_HOME/norfaced/Models, /usr/share/norfaced/Models.
                """, valueName: "folder"),
        completion: .directory)
    var models: String?

    var search: ModelSearch { ModelSearch(named: models.map { FilePath($0) }) }

    /// Loads the networks.
    ///
    /// - Parameter bundle: as `--bundle` takes it; nil is the one that is installed.
    /// - Throws: `Failure` that names the file.
    func load(bundle: String? = nil) throws(Failure) -> AnalysisModels {
        let search = search
        return try AnalysisModels(
            frontEnd: search.frontEnd, faces: search.faces, bundle: search.bundle(named: bundle))
    }
}

/// Which expression bundle reads the faces, and where models are found.
struct BundleOptions: ParsableArguments {
    @Option(
        name: .long,
        help: ArgumentHelp("The expression bundle: a folder, or a name in the models folder.", valueName: "bundle"),
        completion: .directory)
    var bundle: String?

    @OptionGroup var models: ModelOptions

    /// Loads the networks, and checks that they can do what is asked for.
    ///
    /// - Throws: `Failure` that names the file, or the threshold of an AU that the bundle does not read.
    func load(for settings: AnalysisSettings) throws(Failure) -> AnalysisModels {
        let loaded = try models.load(bundle: bundle)
        try loaded.check(settings)
        return loaded
    }
}

/// What is said on standard error.
struct MessageOptions: ParsableArguments {
    @Flag(name: [.short, .long], help: "Show no progress.")
    var quiet = false

    @Option(name: .long, help: "The least grave messages to show: debug, info, warning or error.")
    var logLevel = Console.Level.info

    var console: Console { Console(program: "norface", threshold: logLevel, isQuiet: quiet) }

    /// Runs a command that reads recordings: signals are listened to from here on, and what libav says goes to the console.
    ///
    /// - Throws: `ExitCode`; that of a signal goes before the command's own.
    func run(_ body: (StopSignals, Console) throws -> Failure.Code?) throws {
        let signals = StopSignals()
        let console = console
        try console.run {
            LibavLog.capture { _, line in console.say(.debug, line) }
            let code = try body(signals, console)
            return signals.code ?? code
        }
    }
}

extension Console.Level: ExpressibleByArgument {}

extension RecordFormat: ExpressibleByArgument {
    /// Takes the name of a format.
    public init?(argument: String) { self.init(named: argument) }

    /// The names of all formats.
    public static var allValueStrings: [String] { all.map(\.name) }

    /// The names of all formats, for people.
    static var names: String { allValueStrings.joined(separator: " or ") }
}

extension Console {
    /// Runs a command: says what failed, and ends with its exit code.
    func run(_ body: () throws -> Failure.Code?) throws {
        let code: Failure.Code?
        do {
            code = try body()
        } catch {
            let failure = Failure(error)
            say(.error, failure.message)
            throw ExitCode(failure.code.rawValue)
        }
        if let code { throw ExitCode(code.rawValue) }
    }
}
