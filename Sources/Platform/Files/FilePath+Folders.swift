internal import Glibc
public import SystemPackage

extension FilePath {
    /// Names in this folder, without `.` and `..`, in the order of their bytes. Names need not be UTF-8.
    ///
    /// - Throws: `Errno` when the folder cannot be opened or read.
    public func entries() throws(Errno) -> [Component] {
        guard let folder = withPlatformString({ opendir($0) }) else { throw Errno(rawValue: errno) }
        defer { closedir(folder) }
        var names: [[CChar]] = []
        while true {
            errno = 0
            guard let entry = readdir(folder) else { break }
            let room = Int(entry.pointee.d_reclen) - MemoryLayout<dirent>.offset(of: \.d_name)!
            names.append(
                withUnsafeBytes(of: &entry.pointee.d_name) { bytes in
                    // A name may be longer than the tuple that Swift sees; the entry's own length counts.
                    UnsafeRawBufferPointer(start: bytes.baseAddress, count: room).prefix { $0 != 0 }.map {
                        CChar(bitPattern: $0)
                    }
                })
        }
        guard errno == 0 else { throw Errno(rawValue: errno) }
        names.sort { first, second in
            first.lazy.map { UInt8(bitPattern: $0) }.lexicographicallyPrecedes(
                second.lazy.map { UInt8(bitPattern: $0) })
        }
        return names.compactMap { $0 == [0x2E] || $0 == [0x2E, 0x2E] ? nil : Component(platformString: $0 + [0]) }
    }

    /// The same place from the root, whatever the working folder is: the links of the folders on the way are resolved, the last name is not.
    public var fromRoot: FilePath {
        guard let name = lastComponent, name.kind == .regular else { return real ?? pushed.lexicallyNormalized() }
        let parent = removingLastComponent()
        return (parent.isEmpty ? FilePath(".") : parent).real?.appending(name) ?? pushed.lexicallyNormalized()
    }

    /// The path without links; nil where there is nothing of this name.
    private var real: FilePath? {
        guard let resolved = withPlatformString({ realpath($0, nil) }) else { return nil }
        defer { free(resolved) }
        return FilePath(platformString: resolved)
    }

    /// The path from the root, links and all.
    private var pushed: FilePath {
        guard isRelative, let working = FilePath(".").real else { return self }
        return working.pushing(self)
    }

    /// The bytes of the path.
    public var nameBytes: [UInt8] {
        withPlatformString { pointer in
            Array(UnsafeRawBufferPointer(start: pointer, count: strlen(pointer)))
        }
    }

    /// The path as text from which its bytes can be had again: a byte that is not part of UTF-8 is `\xE9`, and a backslash is doubled.
    public var exactText: String {
        var rest = nameBytes[...]
        var text = ""
        while !rest.isEmpty {
            // The longest run of bytes that is UTF-8.
            if let whole = String(validating: rest, as: UTF8.self) {
                text += whole.replacing("\\", with: "\\\\")
                break
            }
            let length = (1...min(4, rest.count)).first { String(validating: rest.prefix($0), as: UTF8.self) != nil }
            if let length {
                let scalar = String(decoding: rest.prefix(length), as: UTF8.self)
                text += scalar == "\\" ? "\\\\" : scalar
                rest = rest.dropFirst(length)
            } else {
                let digits = String(rest.first!, radix: 16, uppercase: true)
                text += "\\x" + (digits.count == 1 ? "0" : "") + digits
                rest = rest.dropFirst()
            }
        }
        return text
    }

    /// Reads what `exactText` has written.
    public init(exactText text: String) {
        var bytes: [UInt8] = []
        var rest = text.utf8[...]
        while let byte = rest.popFirst() {
            guard byte == UInt8(ascii: "\\"), let next = rest.first else {
                bytes.append(byte)
                continue
            }
            let digits = rest.dropFirst().prefix(2)
            if next == UInt8(ascii: "x"), digits.count == 2, let value = UInt8(Substring(digits), radix: 16) {
                bytes.append(value)
                rest = rest.dropFirst(3)
            } else {
                bytes.append(next)
                rest = rest.dropFirst()
            }
        }
        self.init(platformString: bytes.filter { $0 != 0 }.map { CChar(bitPattern: $0) } + [0])
    }

    /// The folder that holds the file; `.` for a bare name.
    public var parentFolder: FilePath {
        let parent = removingLastComponent()
        return parent.isEmpty ? "." : parent
    }

    /// The same path with more at its end.
    public func adding(_ text: String) -> FilePath {
        FilePath(platformString: (nameBytes + Array(text.utf8)).map { CChar(bitPattern: $0) } + [0])
    }

    /// Gives a file another name, in the place of what has that name.
    ///
    /// - Throws: `Errno` of rename(2).
    public func move(to path: FilePath) throws(Errno) {
        let result = withPlatformString { old in path.withPlatformString { rename(old, $0) } }
        guard result == 0 else { throw Errno(rawValue: errno) }
    }
}
