internal import Glibc
internal import SystemPackage

extension FilePath.Component {
    /// The bytes of the name, which need not be UTF-8.
    var bytes: [UInt8] {
        withPlatformString { Array(UnsafeRawBufferPointer(start: $0, count: strlen($0))) }
    }

    /// A name of bytes; nil where they are none.
    init?(bytes: [UInt8]) {
        self.init(platformString: bytes.map { CChar(bitPattern: $0) } + [0])
    }
}

extension FilePath {
    /// A path of bytes.
    init(bytes: [UInt8]) {
        self.init(platformString: bytes.map { CChar(bitPattern: $0) } + [0])
    }

    /// The path of a file in this folder.
    func appending(name: [UInt8]) -> FilePath { FilePath.Component(bytes: name).map { appending($0) } ?? self }
}
