import Glibc
import Platform
import SystemPackage
import Testing

struct SHA256Tests {
    /// The examples of FIPS 180-4 and of NIST's SHA256ShortMsg and SHA256LongMsg vectors.
    @Test(arguments: [
        ("", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
        ("abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
        (
            "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
            "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"
        ),
        (
            "abcdefghbcdefghicdefghijdefghijkefghijklfghijklmghijklmnhijklmnoijklmnopjklmnopqklmnopqrlmnopqrsmnopqrstnopqrstu",
            "cf5b16a778af8380036ce59e7b0492370b249b11e8f07a51afac45037afee9d1"
        ),
    ])
    func textHasNISTDigest(text: String, digest: String) {
        #expect(SHA256.hex(of: text.utf8) == digest)
    }

    @Test func millionLettersHaveNISTDigest() {
        let letters = repeatElement(UInt8(ascii: "a"), count: 1_000_000)
        #expect(SHA256.hex(of: letters) == "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0")
    }

    @Test func fileInPiecesHasTheDigestOfItsBytes() throws {
        let bytes = (0..<2_500_001).map { UInt8(truncatingIfNeeded: $0 &* 31) }
        let path = FilePath("/tmp/digest-test-\(UInt64.random(in: 0...UInt64.max))")
        let file = try FileDescriptor.open(path, .writeOnly, options: .create, permissions: .ownerReadWrite)
        defer { try? path.removeFile() }
        _ = try file.closeAfter { try file.writeAll(bytes) }
        #expect(try SHA256.hex(ofFile: path) == SHA256.hex(of: bytes))
    }

    @Test func missingFileIsAnError() {
        #expect(throws: Errno.noSuchFileOrDirectory) { try SHA256.hex(ofFile: "/nonexistent/file") }
    }
}

extension FilePath {
    fileprivate func removeFile() throws {
        let status = withPlatformString { unlink($0) }
        if status != 0 { throw Errno(rawValue: errno) }
    }
}
