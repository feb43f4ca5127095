public import SystemPackage

/// Where tests find the files that they share.
public enum Paths {
    /// The package's own folder.
    public static let package: FilePath = {
        var path = FilePath(#filePath)
        for _ in 0..<3 { path.removeLastComponent() }
        return path
    }()

    /// The committed fixtures: rendered heads and generated video.
    public static let fixtures = package.appending("Tests/Fixtures")
}
