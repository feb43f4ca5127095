import Glibc
public import SystemPackage

/// The system calls themselves.
public struct RealSystemCalls: SystemCalls {
    /// Makes the calls available.
    public init() {}

    /// open(2) for appending, made if absent; read and write where that is allowed.
    public func openForAppending(_ path: FilePath, mode: UInt32) throws(Errno) -> Int32 {
        // Reading is needed to find an unfinished last line; what cannot be read (a FIFO, a terminal) is only written.
        let flags = O_APPEND | O_CREAT | O_CLOEXEC | O_NOCTTY
        let descriptor = path.withPlatformString { open($0, O_RDWR | flags, mode_t(mode)) }
        if descriptor >= 0 { return descriptor }
        guard errno == EACCES else { throw Errno(rawValue: errno) }
        return try check(path.withPlatformString { open($0, O_WRONLY | flags, mode_t(mode)) })
    }

    /// close(2).
    public func close(_ descriptor: Int32) throws(Errno) {
        try check(Glibc.close(descriptor))
    }

    /// write(2).
    public func write(_ descriptor: Int32, _ bytes: UnsafeRawBufferPointer) throws(Errno) -> Int {
        try check(Glibc.write(descriptor, bytes.baseAddress, bytes.count))
    }

    /// pread(2).
    public func read(
        _ descriptor: Int32, at offset: Int64, into bytes: UnsafeMutableRawBufferPointer
    ) throws(Errno) -> Int {
        try check(pread(descriptor, bytes.baseAddress, bytes.count, off_t(offset)))
    }

    /// fsync(2).
    public func synchronize(_ descriptor: Int32) throws(Errno) {
        try check(fsync(descriptor))
    }

    /// fsync(2) of a folder, so that new and renamed entries last.
    public func synchronizeFolder(_ path: FilePath) throws(Errno) {
        let descriptor = try check(path.withPlatformString { open($0, O_RDONLY | O_DIRECTORY | O_CLOEXEC) })
        defer { _ = Glibc.close(descriptor) }
        try check(fsync(descriptor))
    }

    /// ftruncate(2).
    public func truncate(_ descriptor: Int32, to size: Int64) throws(Errno) {
        try check(ftruncate(descriptor, off_t(size)))
    }

    /// fstat(2).
    public func facts(of descriptor: Int32) throws(Errno) -> FileFacts {
        var status = stat()
        try check(fstat(descriptor, &status))
        return FileFacts(status)
    }

    /// stat(2).
    public func facts(at path: FilePath) throws(Errno) -> FileFacts {
        var status = stat()
        try check(path.withPlatformString { stat($0, &status) })
        return FileFacts(status)
    }

    /// Renames without overwriting: link(2) and unlink(2), or rename(2) where the file system has no links.
    public func rename(_ path: FilePath, to newPath: FilePath) throws(Errno) {
        // link(2) refuses an existing name, so that nothing is ever overwritten. Some file systems have no links (FAT,
        // many FUSE ones): there a plain rename does, as the caller has looked for the name already.
        let result = path.withPlatformString { old in newPath.withPlatformString { link(old, $0) } }
        if result == 0 {
            try check(path.withPlatformString { unlink($0) })
        } else if errno == EPERM || errno == EOPNOTSUPP {
            try check(path.withPlatformString { old in newPath.withPlatformString { Glibc.rename(old, $0) } })
        } else {
            throw Errno(rawValue: errno)
        }
    }

    /// unlink(2).
    public func remove(_ path: FilePath) throws(Errno) {
        try check(path.withPlatformString { unlink($0) })
    }

    /// mkdir(2).
    public func makeFolder(_ path: FilePath, mode: UInt32) throws(Errno) {
        try check(path.withPlatformString { mkdir($0, mode_t(mode)) })
    }

    /// readdir(3), without `.` and `..`.
    public func names(in folder: FilePath) throws(Errno) -> [String] {
        guard let directory = folder.withPlatformString({ opendir($0) }) else { throw Errno(rawValue: errno) }
        defer { closedir(directory) }
        var names: [String] = []
        while let entry = readdir(directory) {
            let length = Int(entry.pointee.d_reclen) - MemoryLayout<dirent>.offset(of: \.d_name)!
            let name = withUnsafeBytes(of: &entry.pointee.d_name) { bytes in
                String(decoding: bytes.prefix(length).prefix { $0 != 0 }, as: UTF8.self)
            }
            if name != "." && name != ".." { names.append(name) }
        }
        return names
    }

    /// poll(2) for `POLLOUT`.
    public func waitUntilWritable(_ descriptor: Int32, milliseconds: Int32) throws(Errno) {
        var request = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
        try check(poll(&request, 1, milliseconds))
    }

    @discardableResult
    private func check<Value: SignedInteger>(_ result: Value) throws(Errno) -> Value {
        guard result >= 0 else { throw Errno(rawValue: errno) }
        return result
    }
}

extension FileFacts {
    /// Takes over what stat(2) says.
    init(_ status: stat) {
        self.init(
            device: UInt64(status.st_dev), inode: UInt64(status.st_ino), size: Int64(status.st_size),
            modified: Int64(status.st_mtim.tv_sec) * 1_000_000_000 + Int64(status.st_mtim.tv_nsec),
            isRegular: status.st_mode & S_IFMT == S_IFREG, isFolder: status.st_mode & S_IFMT == S_IFDIR,
            hasName: status.st_nlink > 0)
    }
}

extension Errno {
    /// The symbolic name where it is a common one, else `errno 123`: a bounded set, fit for a metric's label.
    public var label: String {
        switch self {
        case .noSpace: "ENOSPC"
        case .ioError: "EIO"
        case .brokenPipe: "EPIPE"
        case .permissionDenied: "EACCES"
        case .notPermitted: "EPERM"
        case .noSuchFileOrDirectory: "ENOENT"
        case .isDirectory: "EISDIR"
        case .notDirectory: "ENOTDIR"
        case .readOnlyFileSystem: "EROFS"
        case .fileTooLarge: "EFBIG"
        case .diskQuotaExceeded: "EDQUOT"
        case .tooManyOpenFiles: "EMFILE"
        case .fileExists: "EEXIST"
        case .badFileDescriptor: "EBADF"
        case .wouldBlock: "EAGAIN"
        default: "errno \(rawValue)"
        }
    }
}
