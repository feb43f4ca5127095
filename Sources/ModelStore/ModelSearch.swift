internal import FaceTracking
internal import Glibc
internal import Platform
public import SystemPackage

/// Where the front end's networks and the expression bundles are found.
///
/// A models folder holds `front-end/` (fetched), `norface-faces/` (shipped) and one folder for each bundle (`norface-s/`, shipped). The first of these that
/// has what is looked for is used: the folder that was named (`--models`), that of the environment variable
/// `NORFACE_MODELS`, `Models` of the checkout that the executable lies in, that of the user
/// (`$XDG_DATA_HOME/norfaced/Models`), and `/usr/share/norfaced/Models`. A folder that was named is the only one.
public struct ModelSearch: Sendable {
    /// The bundle that is used when none is named.
    public static let defaultBundle = "norface-s"

    /// The folders that are looked into, in order.
    public let roots: [FilePath]
    /// Where `norface models fetch` puts the front end.
    public let fetchRoot: FilePath

    /// Looks where this process is told to, and where it lies.
    public init(named: FilePath? = nil) {
        self.init(named: named, environment: { getenv($0).map { String(cString: $0) } }, executable: Self.executable)
    }

    package init(named: FilePath?, environment: (String) -> String?, executable: FilePath?) {
        if let named = named ?? environment("NORFACE_MODELS").flatMap({ $0.isEmpty ? nil : FilePath($0) }) {
            roots = [named]
            fetchRoot = named
            return
        }
        let home = environment("HOME").map { FilePath($0).appending(".local/share") }
        let data = environment("XDG_DATA_HOME").flatMap { $0.hasPrefix("/") ? FilePath($0) : nil } ?? home
        let checkout = executable.flatMap(Self.checkout)
        let user = data?.appending("norfaced/Models")
        let system = FilePath("/usr/share/norfaced/Models")
        roots = [checkout, user, system].compactMap { $0 }
        fetchRoot = checkout ?? (geteuid() == 0 ? system : user ?? system)
    }

    /// The folder of the front end's networks: the first that is there, else where it would be put.
    public var frontEnd: FilePath {
        existing("front-end") ?? fetchRoot.appending("front-end")
    }

    /// The folder of the small networks, which are shipped beside the bundles.
    public var faces: FilePath {
        shipped("norface-faces")
    }

    /// The folder of a bundle.
    ///
    /// - Parameter named: a folder, or the name of a bundle in one of the models folders; nil is the default bundle.
    public func bundle(named: String? = nil) -> FilePath {
        let name = named ?? Self.defaultBundle
        if named != nil, FilePath(name).isFolder || name.contains("/") { return FilePath(name) }
        return shipped(name)
    }

    /// The first folder of that name that is there.
    private func existing(_ name: String) -> FilePath? {
        roots.map { $0.appending(name) }.first(where: \.isFolder)
    }

    /// The same, else where it should be.
    private func shipped(_ name: String) -> FilePath {
        existing(name) ?? roots.first?.appending(name) ?? FilePath(name)
    }

    /// `Models` of the checkout around an executable, which lies in `.build/...` of it.
    private static func checkout(of executable: FilePath) -> FilePath? {
        var folder = executable
        while folder.removeLastComponent() {
            if folder.appending("Package.swift").exists, folder.appending("Models").isFolder {
                return folder.appending("Models")
            }
        }
        return nil
    }

    private static var executable: FilePath? {
        guard let path = realpath("/proc/self/exe", nil) else { return nil }
        defer { free(path) }
        return FilePath(String(cString: path))
    }
}
