internal import CKernels

extension PlanarImage.Matrix {
    /// The weights of red and blue in luma: ITU-R BT.601-7 2.5.1, BT.709-6 3.2, BT.2020-2 table 4.
    var lumaWeights: (red: Double, blue: Double) {
        switch self {
        case .bt601: (0.299, 0.114)
        case .bt709: (0.2126, 0.0722)
        case .bt2020: (0.2627, 0.0593)
        }
    }
}

extension PlanarImage {
    /// How luma becomes full range: `value * gain + offset` (limited range is 16-235).
    var lumaExpansion: (gain: Double, offset: Double) {
        fullRange ? (1, 0) : (255.0 / 219.0, -16 * 255.0 / 219.0)
    }

    /// The coefficients of Y'CbCr to R'G'B' for 8-bit samples (ITU-R BT.601-7 2.5, solved for R, G and B). Limited-range chroma is 16-240.
    var colour: nf_colour {
        let (red, blue) = matrix.lumaWeights
        let green = 1 - red - blue
        let (gain, offset) = lumaExpansion
        let chroma = fullRange ? 1 : 255.0 / 224.0
        let rv = 2 * (1 - red) * chroma
        let bu = 2 * (1 - blue) * chroma
        let gu = -bu * blue / green
        let gv = -rv * red / green
        return nf_colour(
            y_gain: Float(gain), r_v: Float(rv), g_u: Float(gu), g_v: Float(gv), b_u: Float(bu),
            r0: Float(offset - 128 * rv), g0: Float(offset - 128 * (gu + gv)), b0: Float(offset - 128 * bu))
    }
}
