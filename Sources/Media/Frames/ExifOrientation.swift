/// Where a still image's file says how it is to be turned, for the kinds of which libav does not tell.
enum ExifOrientation {
    /// The orientation in a PNG (its eXIf chunk); nil when there is none.
    static func ofPNG(_ bytes: UnsafeBufferPointer<UInt8>) -> Orientation? {
        var place = 8
        // Length, type, content, checksum.
        while place + 12 <= bytes.count {
            let length = number(bytes, at: place, count: 4, bigEndian: true)
            guard length <= bytes.count - place - 12 else { return nil }
            if word(bytes, at: place + 4) == "eXIf" {
                return ofTIFF(UnsafeBufferPointer(rebasing: bytes[place + 8..<place + 8 + length]))
            }
            place += 12 + length
        }
        return nil
    }

    /// The orientation in a TIFF file, or in Exif, which has the same form: tag 0112 of the first directory (TIFF 6.0).
    static func ofTIFF(_ bytes: UnsafeBufferPointer<UInt8>) -> Orientation? {
        guard bytes.count >= 8 else { return nil }
        let bigEndian = bytes[0] == UInt8(ascii: "M")
        guard bigEndian ? bytes[1] == UInt8(ascii: "M") : bytes[0] == UInt8(ascii: "I") && bytes[1] == bytes[0],
            number(bytes, at: 2, count: 2, bigEndian: bigEndian) == 42
        else { return nil }
        let directory = number(bytes, at: 4, count: 4, bigEndian: bigEndian)
        guard directory <= bytes.count - 2 else { return nil }
        let entries = number(bytes, at: directory, count: 2, bigEndian: bigEndian)
        for entry in 0..<entries {
            let place = directory + 2 + entry * 12
            guard place + 12 <= bytes.count else { return nil }
            if number(bytes, at: place, count: 2, bigEndian: bigEndian) == 0x0112 {
                return Orientation(exif: number(bytes, at: place + 8, count: 2, bigEndian: bigEndian))
            }
        }
        return nil
    }

    private static func word(_ bytes: UnsafeBufferPointer<UInt8>, at place: Int) -> String {
        String(decoding: bytes[place..<place + 4], as: UTF8.self)
    }

    private static func number(
        _ bytes: UnsafeBufferPointer<UInt8>, at place: Int, count: Int, bigEndian: Bool
    ) -> Int {
        var value = 0
        for index in 0..<count {
            value |= Int(bytes[place + index]) << (8 * (bigEndian ? count - 1 - index : index))
        }
        return value
    }
}
