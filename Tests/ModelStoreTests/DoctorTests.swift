import FaceTracking
import ModelStore
import SystemPackage
import TestSupport
import Testing

/// What is told of a machine on which something is missing, and of one on which nothing is.
struct DoctorTests {
    private let folder: TemporaryFolder

    init() throws {
        folder = try TemporaryFolder()
    }

    private func examine(_ models: FilePath? = nil, bundle: String? = nil) -> [Doctor.Finding] {
        Doctor.examine(ModelSearch(named: models ?? folder.path), bundle: bundle)
    }

    private func findings(_ subject: String, _ all: [Doctor.Finding]) -> [Doctor.Finding] {
        all.filter { $0.subject == subject }
    }

    @Test func everythingIsLookedAt() {
        let subjects = examine().map(\.subject)
        let others = subjects.filter { $0 != "front end" }
        #expect(others == ["machine", "FFmpeg", "OpenBLAS", "faces", "bundle", "cameras"])
        #expect(subjects.count { $0 == "front end" } == FrontEndFile.all.count)
        #expect(examine().allSatisfy { !$0.text.isEmpty })
    }

    /// The machine that runs the tests has libav and OpenBLAS: it may be slow, but nothing of it is missing.
    @Test func theMachineIsFitForTheTests() {
        for subject in ["machine", "FFmpeg", "OpenBLAS", "cameras"] {
            #expect(findings(subject, examine()).allSatisfy { $0.verdict != .bad }, "\(subject)")
        }
        #expect(findings("machine", examine())[0].text.contains(" processors, "))
        #expect(findings("OpenBLAS", examine())[0].text.hasSuffix(" 1 thread"))
    }

    @Test func missingNetworksFailWithWhatHelps() {
        for finding in findings("front end", examine()) {
            #expect(finding.verdict == .bad && finding.text.contains("norface models fetch"), "\(finding.text)")
        }
        let bundle = findings("bundle", examine())[0]
        #expect(bundle.verdict == .bad && bundle.text.contains(folder.path.string), "\(bundle.text)")
    }

    @Test func anotherNetworkFails() throws {
        try Command.run("mkdir", folder.path.appending("front-end").string)
        let file = FrontEndFile.mesh
        try File.write(Array("no network".utf8), to: folder.path.appending("front-end").appending(file.name))
        let wrong = findings("front end", examine()).filter { $0.text.contains("is not the expected file") }
        #expect(wrong.count == 1 && wrong[0].text.contains(file.name) && wrong[0].verdict == .bad)
    }

    @Test func aBundleThatLoadsIsNamed() {
        let bundle = findings("bundle", examine(bundle: Paths.fixtures.appending("daemon-bundle").string))[0]
        #expect(bundle.verdict == .good && bundle.text.contains("action units"), "\(bundle.text)")
    }

    @Test func aDamagedBundleFails() throws {
        let path = folder.path.appending("damaged")
        try Command.run("cp", "-r", Paths.fixtures.appending("daemon-bundle").string, path.string)
        try File.write(Array("{".utf8), to: path.appending("bundle.json"))
        let bundle = findings("bundle", examine(bundle: path.string))[0]
        #expect(bundle.verdict == .bad && bundle.text.contains("damaged"), "\(bundle.text)")
    }

    @Test(.enabled(if: File.exists(Paths.package.appending("Models/front-end/face_landmark.tflite")), "no networks"))
    func networksThatAreThereAreGood() {
        let found = findings("front end", examine(Paths.package.appending("Models")))
        #expect(found.allSatisfy { $0.verdict == .good } && found.count == FrontEndFile.all.count)
    }
}
