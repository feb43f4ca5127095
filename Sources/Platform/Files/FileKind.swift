internal import Glibc
public import SystemPackage

/// What stands behind a name in a folder, told without opening it.
public enum FileKind: Sendable, Equatable {
    /// A file with bytes.
    case regular
    /// A folder.
    case folder
    /// A symbolic link to a folder.
    case linkedFolder
    /// A symbolic link that leads nowhere, or round in a circle.
    case brokenLink
    /// A FIFO: opening it would wait for a writer.
    case pipe
    /// A socket.
    case socket
    /// A device.
    case device

    /// Looks at a name.
    ///
    /// - Throws: `Errno` when it cannot be looked at.
    public init(of path: FilePath) throws(Errno) {
        var status = stat()
        guard path.withPlatformString({ lstat($0, &status) }) == 0 else { throw Errno(rawValue: errno) }
        let isLink = status.st_mode & S_IFMT == S_IFLNK
        if isLink, path.withPlatformString({ stat($0, &status) }) != 0 {
            guard errno == ENOENT || errno == ELOOP || errno == ENOTDIR else { throw Errno(rawValue: errno) }
            self = .brokenLink
            return
        }
        switch status.st_mode & S_IFMT {
        case S_IFREG: self = .regular
        case S_IFDIR: self = isLink ? .linkedFolder : .folder
        case S_IFIFO: self = .pipe
        case S_IFSOCK: self = .socket
        default: self = .device
        }
    }
}
