import Glibc
import ModelStore
import SystemPackage
import TestSupport
import Testing

struct ModelSearchTests {
    private let folder: TemporaryFolder

    init() throws {
        folder = try TemporaryFolder()
    }

    private func make(_ path: String) throws {
        try Command.run("mkdir", "-p", folder.path.appending(path).string)
    }

    private func search(
        named: String? = nil, environment: [String: String] = [:], executable: String? = nil
    ) -> ModelSearch {
        ModelSearch(
            named: named.map { folder.path.appending($0) }, environment: { environment[$0] },
            executable: executable.map { folder.path.appending($0) })
    }

    @Test func aNamedFolderIsTheOnlyOne() throws {
        try make("own/front-end")
        let search = search(named: "own", environment: ["NORFACE_MODELS": "/elsewhere", "HOME": "/home/x"])
        #expect(search.roots == [folder.path.appending("own")])
        #expect(search.frontEnd == folder.path.appending("own/front-end"))
        #expect(search.fetchRoot == folder.path.appending("own"))
    }

    @Test func theEnvironmentComesBeforeTheCheckout() throws {
        try make("checkout/Models")
        try File.write([], to: folder.path.appending("checkout/Package.swift"))
        let executable = "checkout/.build/release/norface"
        #expect(search(environment: ["NORFACE_MODELS": "/m"], executable: executable).roots == ["/m"])
        #expect(
            search(environment: ["HOME": "/home/x", "NORFACE_MODELS": ""], executable: executable).roots == [
                folder.path.appending("checkout/Models"), "/home/x/.local/share/norfaced/Models",
                "/usr/share/norfaced/Models",
            ])
    }

    @Test func anInstalledProgramLooksInTheUsersAndTheSystemsFolder() {
        let found = search(environment: ["XDG_DATA_HOME": "/data"], executable: "bin/norface")
        #expect(found.roots == ["/data/norfaced/Models", "/usr/share/norfaced/Models"])
        #expect(found.fetchRoot == (geteuid() == 0 ? "/usr/share/norfaced/Models" : "/data/norfaced/Models"))
    }

    @Test func frontEndAndBundleMayLieInDifferentFolders() throws {
        try make("checkout/Models/norface-s")
        try make("data/norfaced/Models/front-end")
        try File.write([], to: folder.path.appending("checkout/Package.swift"))
        let found = search(
            environment: ["XDG_DATA_HOME": folder.path.appending("data").string],
            executable: "checkout/.build/release/norface")
        #expect(found.frontEnd == folder.path.appending("data/norfaced/Models/front-end"))
        #expect(found.bundle() == folder.path.appending("checkout/Models/norface-s"))
        // What is missing is named where it would be put.
        #expect(found.bundle(named: "other") == folder.path.appending("checkout/Models/other"))
    }

    @Test func aBundleMayBeAFolderOfTheUsers() throws {
        try make("mine")
        let path = folder.path.appending("mine").string
        #expect(search(named: "models").bundle(named: path) == FilePath(path))
        #expect(search(named: "models").bundle(named: "./missing") == "./missing")
    }
}
