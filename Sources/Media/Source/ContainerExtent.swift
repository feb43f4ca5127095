internal import Glibc
internal import SystemPackage

/// How many bytes a file should have, by its container's own account.
///
/// Containers tell the length of their parts; a part that would go on beyond the end of the file was cut off. Only local files are looked
/// at, and only the parts' headers are read.
struct ContainerExtent: Equatable {
    /// Bytes that there are.
    var size: Int64
    /// Bytes that there should be; nil when the container does not tell (transport streams, a recording that goes on).
    var needed: Int64?
    /// MP4 in fragments, each with a list of its own: what is missing behind the last is not listed.
    var isFragmented = false

    /// Reads a file's structure; nil when it is no regular file, or cannot be read.
    init?(path: FilePath) {
        let descriptor = path.withPlatformString { open($0, O_RDONLY | O_CLOEXEC | O_NONBLOCK) }
        guard descriptor >= 0 else { return nil }
        defer { close(descriptor) }
        var facts = stat()
        guard fstat(descriptor, &facts) == 0, facts.st_mode & S_IFMT == S_IFREG else { return nil }
        size = Int64(facts.st_size)
        var bytes = Bytes(descriptor: descriptor, size: size)
        needed = bytes.needed()
        isFragmented = bytes.hasFragments
    }

    /// Bytes of a file that is there now; nil when there is none.
    static func size(of path: FilePath) -> Int64? {
        var facts = stat()
        return path.withPlatformString { stat($0, &facts) } == 0 ? Int64(facts.st_size) : nil
    }

    private struct Bytes {
        /// Parts that are looked at before a structure is given up: a day of fragments of one second has as many.
        private static let most = 200_000
        var descriptor: Int32
        var size: Int64
        var hasFragments = false

        func read(_ count: Int, at offset: Int64) -> [UInt8]? {
            guard offset >= 0, offset <= size - Int64(count) else { return nil }
            var bytes = [UInt8](repeating: 0, count: count)
            var done = 0
            while done < count {
                let status = bytes.withUnsafeMutableBytes {
                    pread(descriptor, $0.baseAddress! + done, count - done, off_t(offset) + off_t(done))
                }
                if status < 0 && errno == EINTR { continue }
                guard status > 0 else { return nil }
                done += status
            }
            return bytes
        }

        mutating func needed() -> Int64? {
            guard let head = read(12, at: 0) else { return nil }
            switch head[0..<4] {
            case [0x1A, 0x45, 0xDF, 0xA3]: return matroska()
            case [0x52, 0x49, 0x46, 0x46]: return riff()
            case [0x30, 0x26, 0xB2, 0x75]: return asf()
            case [0x46, 0x4C, 0x56, 0x01]: return flash()
            case [0x89, 0x50, 0x4E, 0x47]: return png()
            case [0x47, 0x49, 0x46, 0x38]: return read(1, at: size - 1) == [0x3B] ? size : size + 1
            case [0x4F, 0x67, 0x67, 0x53]: return ogg()
            default: return isBox(head[4..<8]) ? boxes() : transportStream()
            }
        }

        /// ISO/IEC 14496-12 and QuickTime: boxes of a length and a type.
        private mutating func boxes() -> Int64? {
            var place: Int64 = 0
            for _ in 0..<Self.most {
                guard let head = read(8, at: place), isBox(head[4..<8]) else { return place == 0 ? nil : size }
                if head[4..<8] == [0x6D, 0x6F, 0x6F, 0x66] { hasFragments = true }
                var length = Int64(big(head[0..<4]))
                // 0: to the end of the file. 1: the length follows in 64 bits.
                if length == 0 { return size }
                if length == 1 {
                    guard let long = read(8, at: place + 8) else { return size + 1 }
                    length = Int64(clamping: big(long[...]))
                }
                guard length >= 8 else { return size }
                let (end, overflow) = place.addingReportingOverflow(length)
                if overflow { return nil }
                if end >= size { return end }
                place = end
            }
            return nil
        }

        /// Types that stand at the top level; anything else behind the first is taken for padding.
        private func isBox(_ type: ArraySlice<UInt8>) -> Bool {
            [
                "ftyp", "styp", "moov", "moof", "mdat", "free", "skip", "wide", "pnot", "uuid", "meta", "sidx", "ssix",
                "mfra", "emsg", "prft", "udta", "junk", "pdin", "PICT",
            ].contains(String(decoding: type, as: UTF8.self))
        }

        /// AVI and WebP: chunks RIFF, one or several (OpenDML).
        private func riff() -> Int64? {
            var place: Int64 = 0
            for _ in 0..<Self.most {
                guard let head = read(8, at: place), head[0..<4] == [0x52, 0x49, 0x46, 0x46] else { return size }
                let length = Int64(little(head[4..<8]))
                // A recorder that was switched off leaves these.
                if length == 0 || length == 0xFFFF_FFFF { return nil }
                let end = place + 8 + length
                if end >= size { return end }
                place = end + (length & 1)
            }
            return nil
        }

        /// Matroska (RFC 9559): the header, then one segment.
        private func matroska() -> Int64? {
            guard let (header, start) = element(at: 4), let header, start + header < size else { return nil }
            let segment = start + header
            guard read(4, at: segment) == [0x18, 0x53, 0x80, 0x67], let (length, content) = element(at: segment + 4),
                let length
            else { return nil }
            let (end, overflow) = content.addingReportingOverflow(length)
            return overflow ? nil : max(end, size)
        }

        /// The length that stands at a place, nil for an unknown one, and where it ends.
        private func element(at place: Int64) -> (Int64?, Int64)? {
            guard let first = read(1, at: place)?.first, first != 0 else { return nil }
            let width = first.leadingZeroBitCount + 1
            guard let bytes = read(width, at: place) else { return nil }
            let mask = (UInt64(1) << UInt64(7 * width)) - 1
            let value = big(bytes[...]) & mask
            return (value == mask ? nil : Int64(value), place + Int64(width))
        }

        /// Advanced Systems Format (section 3.2): the size that the file properties object states, unless it was broadcast.
        private func asf() -> Int64? {
            guard let head = read(30, at: 0) else { return nil }
            let end = min(size, Int64(clamping: little(head[16..<24])))
            let properties: [UInt8] = [
                0xA1, 0xDC, 0xAB, 0x8C, 0x47, 0xA9, 0xCF, 0x11, 0x8E, 0xE4, 0x00, 0xC0, 0x0C, 0x20, 0x53, 0x65,
            ]
            var place: Int64 = 30
            for _ in 0..<1000 where place < end {
                guard let object = read(24, at: place) else { return nil }
                if Array(object[0..<16]) == properties {
                    guard let content = read(92, at: place), content[88] & 1 == 0 else { return nil }
                    let stated = Int64(clamping: little(content[40..<48]))
                    return stated == 0 ? nil : max(size, stated)
                }
                let length = Int64(clamping: little(object[16..<24]))
                guard length >= 24, length < end else { return nil }
                place += length
            }
            return nil
        }

        /// Flash video: each tag is followed by its length. A file whose last four bytes are none was cut within a tag.
        private func flash() -> Int64? {
            guard let last = read(4, at: size - 4) else { return nil }
            let length = Int64(big(last[...]))
            guard let tag = read(4, at: size - 4 - length), [8, 9, 18].contains(tag[0] & 31),
                Int64(big(tag[1..<4])) + 11 == length
            else { return size + 1 }
            return size
        }

        /// MPEG transport streams: packets of 188 bytes, in a camcorder's or a disc's files with four before each.
        private func transportStream() -> Int64? {
            for (first, length) in [(Int64(0), Int64(188)), (4, 192)] {
                if (0..<4).allSatisfy({ read(1, at: first + $0 * length) == [0x47] }) {
                    return (size + length - 1) / length * length
                }
            }
            return nil
        }

        /// Ogg (RFC 3533): the last page that begins must be whole.
        private func ogg() -> Int64? {
            let start = max(0, size - 128 << 10)
            guard let tail = read(Int(size - start), at: start),
                let page = (0..<max(0, tail.count - 27)).last(where: {
                    tail[$0..<$0 + 5] == [0x4F, 0x67, 0x67, 0x53, 0]
                })
            else { return nil }
            let segments = Int(tail[page + 26])
            guard page + 27 + segments <= tail.count else { return size + 1 }
            let content = tail[page + 27..<page + 27 + segments].reduce(0) { $0 + Int($1) }
            return max(size, start + Int64(page + 27 + segments + content))
        }

        /// PNG: chunks up to IEND.
        private func png() -> Int64? {
            var place: Int64 = 8
            for _ in 0..<Self.most {
                guard let head = read(8, at: place) else { return size + 1 }
                let end = place + 12 + Int64(big(head[0..<4]))
                if end > size { return end }
                if head[4..<8] == [0x49, 0x45, 0x4E, 0x44] { return size }
                place = end
            }
            return nil
        }

        private func big(_ bytes: ArraySlice<UInt8>) -> UInt64 { bytes.reduce(0) { $0 << 8 | UInt64($1) } }

        private func little(_ bytes: ArraySlice<UInt8>) -> UInt64 {
            bytes.reversed().reduce(0) { $0 << 8 | UInt64($1) }
        }
    }
}
