internal import CFFmpeg
public import SystemPackage

/// SHA-256 (FIPS 180-4) of bytes and of files, as lower-case hexadecimal text of 64 characters.
///
/// The arithmetic is libavutil's `av_sha`: the library is linked anyway, and well-kept code is better than a second copy.
public struct SHA256: ~Copyable {
    private let context: OpaquePointer

    /// Starts an empty digest.
    public init() {
        guard let context = av_sha_alloc() else { fatalError("out of memory for a SHA-256 context") }
        av_sha_init(context, 256)
        self.context = context
    }

    deinit { av_free(UnsafeMutableRawPointer(context)) }

    /// Adds bytes to the digest.
    public mutating func update(_ bytes: UnsafeRawBufferPointer) {
        guard let base = bytes.baseAddress else { return }
        av_sha_update(context, base.assumingMemoryBound(to: UInt8.self), bytes.count)
    }

    /// Ends the digest and gives its text.
    public consuming func finish() -> String {
        let digest = [UInt8](unsafeUninitializedCapacity: 32) { buffer, count in
            av_sha_final(context, buffer.baseAddress)
            count = 32
        }
        let digits = Array("0123456789abcdef".utf8)
        return String(decoding: digest.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] }, as: UTF8.self)
    }

    /// The digest of the given bytes.
    public static func hex(of bytes: some Sequence<UInt8>) -> String {
        var digest = SHA256()
        let wasContiguous: Void? = bytes.withContiguousStorageIfAvailable {
            digest.update(UnsafeRawBufferPointer($0))
        }
        if wasContiguous == nil { Array(bytes).withUnsafeBytes { digest.update($0) } }
        return digest.finish()
    }

    /// The digest of a file's bytes, read in pieces of 1 MiB.
    ///
    /// - Throws: `Errno` when the file cannot be opened or read.
    public static func hex(ofFile path: FilePath) throws -> String {
        let file = try FileDescriptor.open(path, .readOnly, options: .closeOnExec)
        return try file.closeAfter {
            var digest = SHA256()
            let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 20, alignment: 64)
            defer { buffer.deallocate() }
            while true {
                let count = try file.read(into: buffer)
                if count == 0 { return digest.finish() }
                digest.update(UnsafeRawBufferPointer(rebasing: buffer[..<count]))
            }
        }
    }
}
