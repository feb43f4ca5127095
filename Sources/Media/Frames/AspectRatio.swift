internal import CFFmpeg

/// Width to height, of a pixel or of a whole frame, as two whole numbers without a common divisor.
public struct AspectRatio: Sendable, Equatable, CustomStringConvertible {
    /// The width's share, above 0.
    public let numerator: Int
    /// The height's share, above 0.
    public let denominator: Int

    /// As wide as high.
    public static let square = AspectRatio(unchecked: 1, 1)

    /// What video formats and cameras use lies between 11:32 and 32:11; beyond a pixel four times as long as wide it is a fault.
    static let plausible = 0.25...4.0

    private init(unchecked numerator: Int, _ denominator: Int) {
        (self.numerator, self.denominator) = (numerator, denominator)
    }

    /// Makes a ratio, reduced; nil unless both numbers are between 1 and 2^53.
    public init?(_ numerator: Int, _ denominator: Int) {
        guard (1...1 << 53).contains(numerator), (1...1 << 53).contains(denominator) else { return nil }
        var (a, b) = (numerator, denominator)
        while b != 0 { (a, b) = (b, a % b) }
        self.init(unchecked: numerator / a, denominator / a)
    }

    /// Reads "16:9", "16/9", "2.39:1" or "1.85"; nil for anything else, and for a ratio beyond 1:100 or 100:1.
    public init?(_ text: String) {
        let parts = text.split(omittingEmptySubsequences: false) { $0 == ":" || $0 == "/" }
        guard (1...2).contains(parts.count), let width = Self.thousandths(parts[0]),
            let height = parts.count == 2 ? Self.thousandths(parts[1]) : 1000
        else { return nil }
        self.init(width, height)
        guard (0.01...100).contains(ratio) else { return nil }
    }

    /// Digits with a decimal point or without.
    private static func thousandths(_ text: Substring) -> Int? {
        guard text.utf8.allSatisfy({ (48...57).contains($0) || $0 == 46 }), let value = Double(text), value > 0,
            value <= 100_000
        else { return nil }
        return Int((value * 1000).rounded())
    }

    /// libav's ratio, in which 0 stands for an unknown one; nil for that.
    init?(_ rational: AVRational) { self.init(Int(rational.num), Int(rational.den)) }

    /// Width over height.
    public var ratio: Double { Double(numerator) / Double(denominator) }

    /// That of the frame turned by 90 degrees.
    public var transposed: AspectRatio { AspectRatio(unchecked: denominator, numerator) }

    /// The aspect of a pixel in a frame of the given size that is to be shown with this aspect; nil when that is not plausible.
    func pixel(width: Int, height: Int) -> AspectRatio? {
        let (across, tooWide) = numerator.multipliedReportingOverflow(by: height)
        let (down, tooHigh) = denominator.multipliedReportingOverflow(by: width)
        guard !tooWide, !tooHigh, let pixel = AspectRatio(across, down), Self.plausible.contains(pixel.ratio) else {
            return nil
        }
        return pixel
    }

    /// "64:45".
    public var description: String { "\(numerator):\(denominator)" }
}
