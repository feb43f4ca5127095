internal import Glibc
public import SystemPackage

/// What this process may do with files.
public enum FileAccess {
    /// Whether a file may be written to, or files be made in a folder.
    public static func isWritable(_ path: FilePath) -> Bool {
        path.withPlatformString { access($0, W_OK) == 0 }
    }
}
