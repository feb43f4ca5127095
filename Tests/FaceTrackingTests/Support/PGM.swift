import SystemPackage
import TestSupport

/// Binary PGM pictures.
enum PGM {
    /// Width, height and luma.
    static func read(_ path: FilePath) throws -> (width: Int, height: Int, bytes: [UInt8]) {
        let bytes = try File.read(path)
        var words: [Int] = []
        var place = 2
        while words.count < 3 {
            while UInt8(ascii: "0") > bytes[place] { place += 1 }
            var value = 0
            while bytes[place] >= UInt8(ascii: "0") {
                value = value * 10 + Int(bytes[place] - UInt8(ascii: "0"))
                place += 1
            }
            words.append(value)
        }
        return (words[0], words[1], Array(bytes[(place + 1)...]))
    }
}
