internal import Glibc
package import SystemPackage

/// What is known of the thing that a name leads to, links followed.
package struct FileFacts: Sendable, Equatable {
    /// Device and inode: its identity.
    package var device: UInt64
    package var inode: UInt64
    /// Bytes.
    package var size: Int
    /// When it was changed last, in nanoseconds since 1970.
    package var modified: Int64
    package var isFolder: Bool
    package var isRegular: Bool

    /// Nil when there is nothing of this name, or it cannot be asked.
    package init?(_ path: FilePath) {
        guard let status = Self.status(of: path.string) else { return nil }
        device = UInt64(status.st_dev)
        inode = UInt64(status.st_ino)
        size = Int(status.st_size)
        modified = Int64(status.st_mtim.tv_sec) * 1_000_000_000 + Int64(status.st_mtim.tv_nsec)
        isFolder = status.st_mode & S_IFMT == S_IFDIR
        isRegular = status.st_mode & S_IFMT == S_IFREG
    }

    /// Whether the name itself is a symbolic link.
    package static func isLink(_ path: FilePath) -> Bool {
        var status = stat()
        return lstat(path.string, &status) == 0 && status.st_mode & S_IFMT == S_IFLNK
    }

    private static func status(of path: String) -> stat? {
        var status = stat()
        return stat(path, &status) == 0 ? status : nil
    }
}

extension FilePath {
    /// Whether there is something of this name.
    package var exists: Bool { FileFacts(self) != nil }

    /// Whether this is a folder, or a link to one.
    package var isFolder: Bool { FileFacts(self)?.isFolder ?? false }
}
