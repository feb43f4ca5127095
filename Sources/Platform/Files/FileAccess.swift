internal import Glibc
public import SystemPackage

/// What this process may do with files.
public enum FileAccess {
    /// Whether a file may be written to, or files be made in a folder.
    public static func isWritable(_ path: FilePath) -> Bool {
        path.withPlatformString { access($0, W_OK) == 0 }
    }
}

/// Whom a file belongs to, and who may use it.
public struct FileOwnership: Sendable, Equatable {
    /// Number of the user.
    public var owner: UInt32
    /// The permission bits of chmod(2).
    public var mode: UInt32

    /// What stat(2) says; nil when it cannot be asked.
    public init?(_ path: FilePath) {
        var status = stat()
        guard path.withPlatformString({ stat($0, &status) }) == 0 else { return nil }
        (owner, mode) = (status.st_uid, status.st_mode & 0o7777)
    }
}
