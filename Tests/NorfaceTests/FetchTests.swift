import SystemPackage
import TestSupport
import Testing

/// `norface models fetch`, from an index of packages that the test runs itself.
@Suite(.timeLimit(.minutes(30)), .enabled(if: Norface.isReady, Comment(rawValue: Norface.comment)))
struct FetchTests {
    private static let names = [
        "face_detection_full_range_sparse.tflite", "face_detection_short_range.tflite", "face_landmark.tflite",
    ]
    private let folder: TemporaryFolder
    private let index: Peer

    init() throws {
        folder = try TemporaryFolder()
        index = try Peer("package_index.py", Paths.package.appending("Models/front-end").string)
    }

    private var models: FilePath { folder.path.appending("models") }

    /// Runs the program; pip knows of no other index and keeps nothing.
    private func norface(_ arguments: [String], index url: String) throws -> Norface.Run {
        let (output, errors) = (folder.path.appending("out"), folder.path.appending("err"))
        let settings = [
            "PIP_CONFIG_FILE=/dev/null", "PIP_INDEX_URL=\(url)", "PIP_NO_CACHE_DIR=1", "PIP_RETRIES=0",
            "PIP_TIMEOUT=20",
            "PIP_NO_INDEX=", "PIP_FIND_LINKS=", "PIP_EXTRA_INDEX_URL=", "no_proxy=127.0.0.1",
        ]
        let child = try Child(
            ["env"] + settings + [Norface.executable.string] + arguments + ["--models", models.string],
            standardOutput: output, standardError: errors)
        let status = child.wait()
        return Norface.Run(
            status: status, output: String(decoding: try File.read(output), as: UTF8.self),
            errors: String(decoding: try File.read(errors), as: UTF8.self))
    }

    private func fetch(_ how: String, _ more: String...) throws -> Norface.Run {
        try norface(["models", "fetch"] + more, index: "http://127.0.0.1:\(index.port)/\(how)/simple")
    }

    /// The networks beside the bundle that is shipped.
    private func verify() throws -> Norface.Run {
        try Command.run("ln", "-sfn", Norface.bundle.string, models.appending("norface-s").string)
        let faces = Paths.package.appending("Models/norface-faces")
        try Command.run("ln", "-sfn", faces.string, models.appending("norface-faces").string)
        return try norface(["models", "verify"], index: "")
    }

    private func files() throws -> [String] {
        let list = (try? Command.run("ls", models.appending("front-end").string)) ?? []
        return String(decoding: list, as: UTF8.self).split(separator: "\n").map(String.init)
    }

    @Test func whatIsFetchedIsVerifiedAndNotFetchedAgain() throws {
        let first = try fetch("whole")
        #expect(first.status == 0, "\(first.errors)")
        #expect(try files() == Self.names)
        #expect(try verify().status == 0)
        #expect(try fetch("whole").errors.contains("is complete"))
        #expect(index.lines.count { $0 == ["get", "whole"] } == 1)
        // What is damaged is found and mended.
        let damaged = models.appending("front-end/face_landmark.tflite")
        try File.write(try File.read(damaged).dropLast(), to: damaged)
        let verdict = try verify()
        #expect(verdict.status == 69 && verdict.errors.contains("face_landmark.tflite is not the expected file"))
        #expect(try fetch("whole").status == 0)
        #expect(try verify().status == 0)
    }

    /// A package that is not what was expected leaves what is there as it is.
    @Test(arguments: ["other", "lacking"]) func anotherPackageIsRefused(how: String) throws {
        #expect(try fetch("whole").status == 0)
        let run = try fetch(how, "--force")
        #expect(run.status == 69, "\(run.errors)")
        #expect(how != "other" || run.errors.contains("does not hold what was expected"), "\(run.errors)")
        #expect(try files() == Self.names)
        #expect(try verify().status == 0)
    }

    /// A download that breaks off leaves nothing behind, and the next one succeeds.
    @Test func aDownloadThatBreaksOffIsTold() throws {
        let run = try fetch("cut")
        #expect(run.status == 69 && run.errors.contains("pip"), "\(run.errors)")
        #expect(try files().isEmpty)
        #expect(try fetch("whole").status == 0)
        #expect(try files() == Self.names)
    }

    @Test func whatIsNotThereIsTold() throws {
        let none = try fetch("none")
        #expect(none.status == 69 && none.errors.contains("mediapipe"), "\(none.errors)")
        // Nobody listens.
        index.kill()
        let offline = try fetch("whole")
        #expect(offline.status == 69 && !offline.errors.isEmpty, "\(offline.errors)")
        #expect(try files().isEmpty)
    }

    @Test func aFolderThatCannotBeMadeIsTold() throws {
        try File.write([], to: models)
        let run = try fetch("whole")
        #expect(run.status == 73, "\(run.errors)")
    }
}
