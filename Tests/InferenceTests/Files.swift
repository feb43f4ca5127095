import Glibc
import SystemPackage

/// The little that these tests do with files.
enum Files {
    static func exists(_ path: FilePath) -> Bool { access(path.string, F_OK) == 0 }

    static func environment(_ name: String) -> String? { getenv(name).map { String(cString: $0) } }

    static func read(_ path: FilePath) throws -> [UInt8] {
        let file = try FileDescriptor.open(path, .readOnly)
        return try file.closeAfter {
            let length = Int(try file.seek(offset: 0, from: .end))
            try file.seek(offset: 0, from: .start)
            var bytes = [UInt8](repeating: 0, count: length)
            var count = 0
            while count < length {
                let read = try bytes.withUnsafeMutableBytes {
                    try file.read(into: UnsafeMutableRawBufferPointer(rebasing: $0[count...]))
                }
                if read == 0 { break }
                count += read
            }
            return bytes
        }
    }

    static func text(_ path: FilePath) throws -> String { String(decoding: try read(path), as: UTF8.self) }

    static func write(_ text: String, to path: FilePath) throws {
        let file = try FileDescriptor.open(
            path, .writeOnly, options: [.create, .truncate], permissions: [.ownerReadWrite, .groupRead, .otherRead])
        try file.closeAfter { _ = try file.writeAll(text.utf8) }
    }

    static func list(_ path: FilePath) throws -> [String] {
        guard let folder = opendir(path.string) else { throw Errno(rawValue: errno) }
        defer { closedir(folder) }
        var names: [String] = []
        while let entry = readdir(folder) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) {
                $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            }
            if name != "." && name != ".." { names.append(name) }
        }
        return names
    }
}
