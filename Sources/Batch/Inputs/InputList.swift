internal import Glibc
public import Platform
public import SystemPackage

/// A list of inputs: a path in each line, or between NUL bytes where there is one (`find -print0`).
public enum InputList {
    /// Bytes that a list may have.
    private static let limit = 256 << 20

    /// Reads a list; `-` is standard input.
    ///
    /// - Throws: `Failure` with `noInput` or `inputOutput` when it cannot be read.
    public static func read(_ name: String, path: FilePath? = nil) throws(Failure) -> [Input] {
        entries(in: try bytes(name, path ?? FilePath(name))).map { entry in
            let text = String(decoding: entry, as: UTF8.self)
            let path = FilePath(platformString: entry.map { CChar(bitPattern: $0) } + [0])
            // In a list `-` is a file of that name: standard input may be the list itself.
            return text == "-" ? Input(argument: "./-") : Input(argument: text, path: path)
        }
    }

    /// The entries of a list. Empty ones are passed over.
    package static func entries(in bytes: [UInt8]) -> [[UInt8]] {
        guard bytes.contains(0) else {
            return bytes.split(separator: UInt8(ascii: "\n")).compactMap { line in
                // Lists that were made on Windows.
                let line = line.last == UInt8(ascii: "\r") ? line.dropLast() : line
                return line.isEmpty ? nil : Array(line)
            }
        }
        return bytes.split(separator: 0).map { Array($0) }
    }

    private static func bytes(_ name: String, _ path: FilePath) throws(Failure) -> [UInt8] {
        do {
            if name != "-" {
                let kind = try FileKind(of: path)
                // A FIFO too, as the shell makes of `<(find ...)`.
                guard kind != .folder, kind != .linkedFolder else { throw Errno.isDirectory }
            }
            let file =
                name == "-"
                ? FileDescriptor.standardInput : try FileDescriptor.open(path, .readOnly, options: .closeOnExec)
            defer { if name != "-" { try? file.close() } }
            var bytes: [UInt8] = []
            var block = [UInt8](repeating: 0, count: 1 << 16)
            while true {
                let count = try block.withUnsafeMutableBytes { try file.read(into: $0) }
                if count == 0 { return bytes }
                bytes.append(contentsOf: block[..<count])
                guard bytes.count <= limit else { throw Errno.fileTooLarge }
            }
        } catch {
            let error = error as? Errno ?? .ioError
            throw Failure(
                error == .noSuchFileOrDirectory ? .noInput : .inputOutput, "the list of inputs \(name): \(error)")
        }
    }
}
