internal import Media
internal import Platform
internal import SystemPackage

/// Finds out whether a file whose name does not tell holds a video or a picture.
enum FileGuess {
    /// Why a file is passed over; nil when it is a video or a picture.
    static func reason(_ path: FilePath) -> (reason: PassedOver.Reason, detail: String?)? {
        let head: [UInt8]
        do {
            head = try beginning(of: path)
        } catch {
            return (.unreadable, "\(error)")
        }
        if let plain = reason(name: path.lastComponent?.string ?? "", head: head) { return (plain, nil) }
        do {
            let source = try MediaSource(MediaLocation(file: path))
            return source.info.width > 0 ? nil : (.unknown, "no picture in it")
        } catch {
            return error.code == .noVideo ? (.sound, error.reason) : (.unknown, error.reason)
        }
    }

    /// Why a file is plainly no video and no picture, from its name and its first bytes; nil when libav must be asked.
    static func reason(name: String, head: [UInt8]) -> PassedOver.Reason? {
        if head.isEmpty { return .empty }
        let name = name.lowercased()
        if [".jsonl", ".jsonl.part", ".csv.part", ".meta.json"].contains(where: name.hasSuffix) { return .result }
        if documents.contains(where: { head.starts(with: $0) }) { return .document }
        return isText(head) ? .text : nil
    }

    /// PDF, ZIP (and the office files that are one), gzip, 7z, xz, ELF, SQLite, the old office files.
    private static let documents: [[UInt8]] = [
        Array("%PDF".utf8), [0x50, 0x4B, 0x03, 0x04], [0x1F, 0x8B], [0x37, 0x7A, 0xBC, 0xAF],
        [0xFD, 0x37, 0x7A, 0x58], [0x7F, 0x45, 0x4C, 0x46], Array("SQLite format 3".utf8), [0xD0, 0xCF, 0x11, 0xE0],
    ]

    /// Bytes without control characters but those of text; UTF-16 with its mark counts.
    private static func isText(_ head: [UInt8]) -> Bool {
        if head.starts(with: [0xFF, 0xFE]) || head.starts(with: [0xFE, 0xFF]) { return true }
        return head.allSatisfy { $0 >= 0x20 && $0 != 0x7F || (0x09...0x0D).contains($0) || $0 == 0x1B }
    }

    private static func beginning(of path: FilePath) throws(Errno) -> [UInt8] {
        do {
            let file = try FileDescriptor.open(path, .readOnly, options: [.closeOnExec, .nonBlocking])
            return try file.closeAfter {
                try [UInt8](unsafeUninitializedCapacity: 4096) { buffer, count in
                    count = try file.read(into: UnsafeMutableRawBufferPointer(buffer))
                }
            }
        } catch {
            throw error as? Errno ?? .ioError
        }
    }
}
