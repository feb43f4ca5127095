internal import ArgumentParser
internal import Glibc
internal import Logging
internal import Media
internal import Platform
internal import Service
internal import Settings
internal import SystemPackage

/// `norfaced run`.
struct RunCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "run", abstract: "Run until a signal ends it.",
        discussion: "Under systemd it tells when it is ready, feeds the watchdog and takes over sockets.")

    @Option(
        name: [.short, .long],
        help: ArgumentHelp(
            "The configuration.", discussion: "Without it: $NORFACED_CONFIG, else /etc/norface/norfaced.yaml.",
            valueName: "file"), completion: .file())
    var config: String?

    @OptionGroup var overrides: Overrides

    func run() throws {
        let environment = Overrides.environment
        let flags = try overrides.flags()
        let file = Overrides.file(config, environment: environment)
        let loader = ConfigurationLoader(environment: environment, flags: flags)
        // From the first line on, that of a mistake in the configuration too.
        let log = LogWriter(style: Daemon.style(loader.logSettings(file), environment: environment), level: .info)
        let logger = log.logger("norfaced")
        LibavLog.capture { _, line in log.logger("libav").debug("\(line)") }
        let daemon = Daemon(options: Daemon.Options(file: file, loader: loader), log: log)
        do {
            let code = try daemon.run()
            // Threads that hang in a driver must not keep the process: what is to be written was written.
            _exit(code)
        } catch let error as ConfigurationError {
            for problem in error.problems { logger.error("\(problem)") }
            _exit(Failure.Code.configuration.rawValue)
        } catch {
            let failure = Failure(error)
            logger.error("\(failure.message)")
            _exit(failure.code.rawValue)
        }
    }
}

/// What stands above the configuration's file.
struct Overrides: ParsableArguments {
    @Option(
        name: .long,
        help: ArgumentHelp(
            "A value above the file and the environment: --set log.level=debug.",
            discussion:
                "May be given several times. Not for passwords: the command line shows them until the program has begun.",
            valueName: "key=value"))
    var set: [String] = []

    func flags() throws -> [String: String] {
        var flags: [String: String] = [:]
        for text in set {
            guard let equals = text.firstIndex(of: "="), equals > text.startIndex else {
                throw ValidationError("--set takes KEY=VALUE, not '\(text.prefix(40))'.")
            }
            flags[String(text[..<equals])] = String(text[text.index(after: equals)...])
        }
        return flags
    }

    static var environment: [String: String] {
        var result: [String: String] = [:]
        var entry = environ
        while let text = entry.pointee.map({ String(cString: $0) }) {
            if let equals = text.firstIndex(of: "=") {
                result[String(text[..<equals])] = String(text[text.index(after: equals)...])
            }
            entry += 1
        }
        return result
    }

    static func file(_ named: String?, environment: [String: String]) -> FilePath {
        FilePath(named ?? environment["NORFACED_CONFIG"] ?? "/etc/norface/norfaced.yaml")
    }
}
