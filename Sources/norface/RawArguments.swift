internal import Glibc
internal import SystemPackage

/// Arguments in their own bytes: names of files need not be UTF-8, and what Swift makes of them as text has lost what they were.
enum RawArguments {
    /// The path that an argument was before it became text; nil where nothing was lost.
    static func exactPath(_ text: String, occurrence: Int) -> FilePath? {
        text.unicodeScalars.contains("\u{FFFD}") ? path(text, occurrence: occurrence) : nil
    }

    /// What an argument was before it became text. Of several that read the same the first counts, and `occurrence` says how many came before.
    static func path(_ text: String, occurrence: Int = 0) -> FilePath {
        guard text.unicodeScalars.contains("\u{FFFD}") else { return FilePath(text) }
        var left = occurrence
        for index in 1..<Int(CommandLine.argc) {
            guard let argument = CommandLine.unsafeArgv[index] else { continue }
            // `--option=value` holds one, too.
            let whole = UnsafeBufferPointer(start: argument, count: strlen(argument))
            let parts = [whole[...]] + (whole.firstIndex(of: 0x3D).map { [whole[($0 + 1)...]] } ?? [])
            for part in parts where String(decoding: part.map { UInt8(bitPattern: $0) }, as: UTF8.self) == text {
                if left == 0 { return FilePath(platformString: Array(part) + [0]) }
                left -= 1
                break
            }
        }
        return FilePath(text)
    }
}
