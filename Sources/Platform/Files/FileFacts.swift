internal import Glibc
public import SystemPackage

/// What a file is: its identity, its size and its last change.
public struct FileFacts: Sendable, Equatable {
    /// Device; with the inode the identity of a file, whatever its name.
    public var device: UInt64
    /// Inode on that device.
    public var inode: UInt64
    /// Size in bytes.
    public var size: Int64
    /// When it was changed last, in nanoseconds since 1970.
    public var modified: Int64
    /// Whether this is a regular file: only these can be repaired, cut and rotated.
    public var isRegular: Bool
    /// Whether this is a folder.
    public var isFolder: Bool
    /// Whether it still has a name; what is written to a file without one is lost.
    public var hasName: Bool

    /// Makes facts.
    public init(
        device: UInt64, inode: UInt64, size: Int64, modified: Int64, isRegular: Bool, isFolder: Bool = false,
        hasName: Bool = true
    ) {
        self.device = device
        self.inode = inode
        self.size = size
        self.modified = modified
        self.isRegular = isRegular
        self.isFolder = isFolder
        self.hasName = hasName
    }

    /// What a name leads to, links followed; nil when there is nothing of this name, or it cannot be asked.
    public init?(_ path: FilePath) {
        guard let facts = try? RealSystemCalls().facts(at: path) else { return nil }
        self = facts
    }

    /// Whether the name itself is a symbolic link.
    public static func isLink(_ path: FilePath) -> Bool {
        var status = stat()
        return path.withPlatformString { lstat($0, &status) } == 0 && status.st_mode & S_IFMT == S_IFLNK
    }

    /// Whether both are the same file, whatever their names.
    public func isSameFile(as other: FileFacts) -> Bool {
        device == other.device && inode == other.inode
    }
}

extension FilePath {
    /// Whether there is something of this name.
    public var exists: Bool { FileFacts(self) != nil }

    /// Whether this is a folder, or a link to one.
    public var isFolder: Bool { FileFacts(self)?.isFolder ?? false }
}
