public import ArgumentParser
public import Batch
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
}

/// What is said on standard error.
struct MessageOptions: ParsableArguments {
    @Flag(name: [.short, .long], help: "Show no progress.")
    var quiet = false

    @Option(name: .long, help: "The least grave messages to show: debug, info, warning or error.")
    var logLevel = Console.Level.info

    var console: Console { Console(program: "norface", threshold: logLevel, isQuiet: quiet) }
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
