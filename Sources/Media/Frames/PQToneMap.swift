internal import Glibc

/// Takes frames coded for HDR displays with the perceptual quantizer (SMPTE ST 2084, "PQ", HDR10) to what an SDR display is given, which
/// is what the networks were taught on.
///
/// Luma alone decides. Its luminance (ITU-R BT.2100 table 4) is divided by that of HDR's reference white, 203 cd/m2 (ITU-R BT.2408), kept up
/// to four fifths of white and led towards white above, and coded for a display of gamma 2.4 (BT.1886). Differences of colour are
/// scaled by the curve's slope at their luma; the wider primaries of BT.2020 are left as they are.
struct PQToneMap {
    /// Luminance of reference white.
    static let white = 203.0
    /// Where highlights begin to be held back, as a share of white.
    static let knee = 0.8

    /// 8-bit luma for each of 1024 codes.
    private let luma: [UInt8]
    /// How much a difference of colour grows at a luma.
    private let gain: [Float]

    /// - Parameter fullRange: codes are 0-1023 and 0-255; false: 64-940 and 16-235.
    init(fullRange: Bool) {
        func signal(_ code: Double) -> Double { fullRange ? code / 1023 : (code - 64) / 876 }
        luma = (0..<1024).map { code in
            let value = Self.curve(signal(Double(code)))
            return UInt8((fullRange ? 255 * value : 16 + 219 * value).rounded())
        }
        gain = (0..<1024).map { code in
            let (low, high) = (signal(Double(code) - 32), signal(Double(code) + 32))
            return Float(min(3, (Self.curve(high) - Self.curve(low)) / (high - low)))
        }
    }

    /// The SDR signal, 0-1, for a PQ signal of 0-1.
    static func curve(_ signal: Double) -> Double {
        let (m1, m2, c1, c2, c3) = (0.1593017578125, 78.84375, 0.8359375, 18.8515625, 18.6875)
        let power = pow(min(1, max(0, signal)), 1 / m2)
        let light = 10_000 / white * pow(max(0, power - c1) / (c2 - c3 * power), 1 / m1)
        let above = max(0, light - knee) / (1 - knee)
        return pow(min(light, knee) + (1 - knee) * above / (1 + above), 1 / 2.4)
    }

    /// Maps one row of luma: 16-bit samples that hold 10 bits.
    func mapLuma(_ source: UnsafePointer<UInt16>, to target: UnsafeMutablePointer<UInt8>, count: Int) {
        luma.withUnsafeBufferPointer { luma in
            for x in 0..<count { target[x] = luma[Int(source[x] & 1023)] }
        }
    }

    /// Maps one row of Cb or Cr, whose samples lie at every second one of the row of luma.
    func mapChroma(
        _ source: UnsafePointer<UInt16>, luma: UnsafePointer<UInt16>, to target: UnsafeMutablePointer<UInt8>, count: Int
    ) {
        gain.withUnsafeBufferPointer { gain in
            for x in 0..<count {
                let difference = (Float(source[x] & 1023) - 512) * 0.25 * gain[Int(luma[2 * x] & 1023)]
                target[x] = UInt8(min(255, max(0, 128 + difference.rounded())))
            }
        }
    }
}
