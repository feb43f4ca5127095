internal import ArgumentParser
internal import Glibc
internal import Platform
internal import Service
internal import Settings

/// `norfaced check`.
struct CheckCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "check", abstract: "Check a configuration; says everything that is wrong or odd.",
        discussion:
            "Exits with 0, or with 78 when the daemon would not take it. Environment and --set count as they would there."
    )

    @Argument(
        help: "The configuration; without it $NORFACED_CONFIG, else /etc/norface/norfaced.yaml.", completion: .file())
    var file: String?

    @Option(name: .long, help: "The configuration, named as for run.", completion: .file())
    var config: String?

    @Flag(name: .long, help: "Print what is in force, with where each value comes from. Secrets are hidden.")
    var print = false

    @Flag(name: .long, help: "Pass over the environment.")
    var noEnvironment = false

    @OptionGroup var overrides: Overrides

    func validate() throws {
        if file != nil && config != nil { throw ValidationError("The configuration is named twice.") }
    }

    func run() throws {
        var environment = Overrides.environment
        let path = Overrides.file(file ?? config, environment: environment)
        if noEnvironment { environment = environment.filter { !$0.key.hasPrefix("NORFACED_") } }
        var loader = ConfigurationLoader(environment: environment, flags: try overrides.flags())
        loader.forgivesSecrets = true
        do throws(ConfigurationError) {
            let loaded = try loader.load(path)
            for warning in loaded.warnings { write("warning: \(warning)\n", to: 2) }
            write(print ? loaded.report.yaml : "\(path): ok, \(loaded.configuration.sources.count) sources\n", to: 1)
        } catch {
            write("\(error)\n", to: 2)
            throw ExitCode(Failure.Code.configuration.rawValue)
        }
    }

    private func write(_ text: String, to descriptor: Int32) {
        let bytes = Array(text.utf8)
        var written = 0
        while written < bytes.count {
            let count = bytes.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress! + written, $0.count - written) }
            if count < 0 && errno == EINTR { continue }
            guard count > 0 else { return }
            written += count
        }
    }
}
