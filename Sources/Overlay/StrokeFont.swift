/// Letters made of lines, drawn for this project: they are as sharp in a small picture as in a large one and need no file of fonts.
///
/// A letter is a few lines on a grid four wide: two digits are a place (x to the right, y down), places parted by a space make one line, lines
/// are parted by a semicolon. Capitals reach from 0 to 6, small letters from 2, tails to 8.
public struct StrokeFont: Sendable {
    /// From one letter to the next, in units of the grid.
    private static let advance = 5.6
    /// Width of a line.
    private static let weight = 0.95

    private static let letters: [Character: String] = [
        "0": "10 30 41 45 36 16 05 01 10", "1": "11 20 26;16 36", "2": "01 10 30 41 42 06 46",
        "3": "00 40 22 32 43 45 36 16 05", "4": "36 30 04 44", "5": "40 00 02 32 43 45 36 16 05",
        "6": "30 11 03 05 16 36 45 44 33 13 04", "7": "00 40 16",
        "8": "10 30 41 42 33 13 02 01 10;13 04 05 16 36 45 44 33",
        "9": "42 33 13 02 01 10 30 41 43 35 16",
        "A": "06 20 46;14 34", "B": "06 00 30 41 42 33 03;33 44 45 36 06", "C": "41 30 10 01 05 16 36 45",
        "D": "00 06 26 44 42 20 00", "E": "40 00 06 46;03 33", "F": "40 00 06;03 33",
        "G": "41 30 10 01 05 16 36 45 43 23",
        "H": "00 06;40 46;03 43", "I": "10 30;20 26;16 36", "J": "40 45 36 16 05", "K": "00 06;40 03 46",
        "L": "00 06 46",
        "M": "06 00 23 40 46", "N": "06 00 46 40", "O": "10 30 41 45 36 16 05 01 10", "P": "06 00 30 41 42 33 03",
        "Q": "10 30 41 45 36 16 05 01 10;24 46", "R": "06 00 30 41 42 33 03;23 46",
        "S": "41 30 10 01 02 13 33 44 45 36 16 05",
        "T": "00 40;20 26", "U": "00 05 16 36 45 40", "V": "00 26 40", "W": "00 16 23 36 40", "X": "00 46;40 06",
        "Y": "00 23 40;23 26", "Z": "00 40 06 46",
        "a": "12 32 43 46;44 14 05 16 36 45", "b": "00 06;03 12 32 43 45 36 16 05", "c": "43 32 12 03 05 16 36 45",
        "d": "40 46;43 32 12 03 05 16 36 45", "e": "04 44 43 32 12 03 05 16 36 45", "f": "40 30 21 26;12 32",
        "g": "42 47 38 18;43 32 12 03 05 16 36 45", "h": "00 06;03 12 32 43 46", "i": "22 26;20 20",
        "j": "32 37 28 18;30 30",
        "k": "00 06;32 04 36", "l": "20 25 36", "m": "02 06;03 12 23 26;23 32 43 46", "n": "02 06;03 12 32 43 46",
        "o": "12 32 43 45 36 16 05 03 12", "p": "02 08;03 12 32 43 45 36 16 05", "q": "42 48;43 32 12 03 05 16 36 45",
        "r": "02 06;04 13 22 32", "s": "43 32 12 03 14 34 45 36 16 05", "t": "20 25 36 46;12 32",
        "u": "02 05 16 36 45;42 46",
        "v": "02 26 42", "w": "02 16 24 36 42", "x": "02 46;42 06", "y": "02 26;42 26 18 08", "z": "02 42 06 46",
        " ": "", ".": "26 26", ",": "25 17", ":": "23 23;26 26", ";": "23 23;25 17", "-": "14 34", "+": "22 26;04 44",
        "/": "06 40", "(": "30 12 14 36", ")": "10 32 34 16", "%": "06 40;11 11;35 35", "_": "07 47",
        "=": "03 43;05 45",
        "?": "01 10 30 41 32 24;26 26", "!": "20 24;26 26", "'": "20 21", "\"": "10 11;30 31", "*": "21 25;12 34;32 14",
        "<": "41 03 45", ">": "01 43 05", "#": "10 16;30 36;02 42;04 44", "°": "10 20 21 11 10", "[": "30 10 16 36",
        "]": "10 30 36 16", "|": "20 27", "@": "33 13 14 34 32 43 41 30 10 01 05 16 36",
        "&": "45 36 11 20 31 04 05 16 26 44",
    ]
    /// What stands for a letter that is not known.
    private static let unknown = parse("00 40 46 06 00")

    private static let strokes: [Character: [[Spot]]] = letters.mapValues(parse)

    private static func parse(_ text: String) -> [[Spot]] {
        text.split(separator: ";").map { line in
            line.split(separator: " ").map { place in
                let digits = place.compactMap(\.wholeNumberValue)
                return Spot(Double(digits[0]), Double(digits[1]))
            }
        }
    }

    /// Height of a capital in pixels.
    public let size: Double

    /// Letters of a size.
    public init(size: Double) { self.size = size }

    /// From the top of a capital to where the next line begins.
    public var lineHeight: Double { size * 1.75 }

    /// Width of a text in pixels.
    public func width(of text: String) -> Double { max(0, Double(text.count) * Self.advance - 1.6) * size / 6 }

    /// Draws a text whose capitals have their upper left corner at a place.
    public func draw(_ text: String, at corner: Spot, _ ink: Ink, with brush: Brush) {
        let unit = size / 6
        for (number, letter) in text.enumerated() {
            let origin = corner + Spot(Double(number) * Self.advance * unit, 0)
            for stroke in Self.strokes[letter] ?? Self.unknown {
                for (a, b) in zip(stroke, stroke.dropFirst()) {
                    brush.line(origin + a * unit, origin + b * unit, width: max(1, Self.weight * unit), ink)
                }
            }
        }
    }
}
