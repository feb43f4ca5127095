internal import Platform
internal import Service
internal import Settings

extension FuzzTargets {
    /// The text of a configuration: it is read or refused with reasons. What was read can be printed, and reads back the same.
    public static func configuration(_ bytes: UnsafeRawBufferPointer) {
        let loader = ConfigurationLoader(environment: [:])
        let loaded: LoadedConfiguration
        do throws(ConfigurationError) {
            loaded = try loader.load(text: String(decoding: bytes, as: UTF8.self), name: "fuzz.yaml")
        } catch {
            require(!error.problems.isEmpty && !error.description.isEmpty, "a refusal has its reasons")
            return
        }
        let printed = loaded.report.yaml
        // Passwords are not printed.
        guard !printed.contains("***") else { return }
        do throws(ConfigurationError) {
            let again = try loader.load(text: printed, name: "printed.yaml")
            require(again.configuration == loaded.configuration, "what was printed means the same")
        } catch {
            fatalError("what was printed does not read back: \(error)")
        }
    }
}
