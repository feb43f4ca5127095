internal import Glibc
internal import SystemPackage

/// What everybody on the machine can read of this process: its arguments, in `ps` and `/proc/PID/cmdline`.
package enum ProcessTitle {
    /// Masks the passwords there. `CommandLine.arguments` keeps them.
    package static func hidePasswords() {
        // The standard library copies the arguments when they are asked for the first time.
        guard !CommandLine.arguments.isEmpty, let title = memory() else { return }
        var start = 0
        while start < title.count {
            let end = title[start...].firstIndex(of: 0) ?? title.count
            mask(UnsafeMutableRawBufferPointer(rebasing: title[start..<end]))
            start = end + 1
        }
    }

    /// Masks one argument in its place; it stays as long as it was, since nothing behind it can be moved.
    package static func mask(_ argument: UnsafeMutableRawBufferPointer) {
        let text = String(decoding: argument, as: UTF8.self)
        let masked = RedactedURL.scrub(text)
        guard masked != text else { return }
        let bytes = Array(masked.utf8.prefix(argument.count))
        argument.copyBytes(from: bytes)
        for index in bytes.count..<argument.count { argument[index] = UInt8(ascii: " ") }
    }

    /// Where the kernel keeps the arguments: fields 48 and 49 of `/proc/self/stat`, counted behind the name, which may hold anything.
    /// Nil where it does not tell.
    private static func memory() -> UnsafeMutableRawBufferPointer? {
        guard let file = try? FileDescriptor.open("/proc/self/stat", .readOnly, options: [.closeOnExec]) else {
            return nil
        }
        defer { try? file.close() }
        var block = [UInt8](repeating: 0, count: 4_096)
        let count = (try? block.withUnsafeMutableBytes { try file.read(into: $0) }) ?? 0
        let fields = String(decoding: block[..<count], as: UTF8.self).split(separator: ")").last?.split(separator: " ")
        guard let fields, fields.count > 46, let start = UInt(fields[45]), let end = UInt(fields[46]), start < end
        else {
            return nil
        }
        return UnsafeMutableRawBufferPointer(start: UnsafeMutableRawPointer(bitPattern: start), count: Int(end - start))
    }
}
