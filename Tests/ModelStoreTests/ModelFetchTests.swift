import FaceTracking
import ModelStore
import Platform
import SystemPackage
import TestSupport
import Testing

struct ModelFetchTests {
    @Test func whatIsMissingOrAnotherIsTold() throws {
        let folder = try TemporaryFolder()
        let name = ModelFetch.standings(in: folder.path)[0].file.name
        try File.write(Array("not a network".utf8), to: folder.path.appending(name))
        for (file, standing) in ModelFetch.standings(in: folder.path) {
            guard case .wrong(let reason) = standing else { return #expect(Bool(false), "\(file.name) is accepted") }
            #expect(reason.contains(file.name) && reason.contains("norface models fetch"))
        }
    }
}
