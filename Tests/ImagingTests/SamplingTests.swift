import Imaging
import Testing

struct SamplingTests {
    @Test func theIdentityReturnsLumaUntouched() {
        var noise = Noise(seed: 1)
        let pixels = (0..<37 * 21).map { _ in noise.byte() }
        let picture = Picture(width: 37, height: 21, padding: 3, luma: { pixels[$1 * 37 + $0] })
        #expect(picture.luma(37, 21) == pixels)
    }

    @Test func aRampIsInterpolatedExactlyUnderRotationAndScale() {
        let picture = Picture(width: 200, height: 120, luma: { x, _ in UInt8(x + 20) })
        let map = AffineMap(scale: 0.8, cosine: 0.8, sine: 0.6, x: 60, y: 20)
        let crop = picture.luma(48, 48, map: map)
        for row in 0..<48 {
            for column in 0..<48 {
                let x = map(Double(column) + 0.5, Double(row) + 0.5).x - 0.5
                guard x > 0, x < 199 else { continue }
                #expect(crop[row * 48 + column] == UInt8((x + 20 + 0.5).rounded(.down)))
            }
        }
    }

    @Test func aShrunkPixelIsTheMeanOfItsRegion() {
        var noise = Noise(seed: 2)
        let pixels = (0..<64 * 64).map { _ in noise.byte() }
        let picture = Picture(width: 64, height: 64, luma: { pixels[$1 * 64 + $0] })
        let map = AffineMap(scale: 4, cosine: 1, sine: 0, x: 0, y: 0)
        let crop = picture.luma(16, 16, map: map)
        for row in 0..<16 {
            for column in 0..<16 {
                // Four taps a side fall on the sixteen pixels' centres.
                var sum = 0
                for y in 0..<4 { for x in 0..<4 { sum += Int(pixels[(row * 4 + y) * 64 + column * 4 + x]) } }
                #expect(Int(crop[row * 16 + column]) == Int((Double(sum) / 16 + 0.5).rounded(.down)))
            }
        }
    }

    @Test func outsideThePictureTheNearestEdgePixelIsRepeated() {
        let picture = Picture(width: 16, height: 16, luma: { x, y in UInt8(x * 10 + y) })
        let crop = picture.luma(48, 48, map: AffineMap(scale: 1, cosine: 1, sine: 0, x: -16, y: -16))
        #expect(crop[0] == 0)
        #expect(crop[47] == 150)
        #expect(crop[47 * 48] == 15)
        #expect(crop[47 * 48 + 47] == 165)
        #expect(crop[20 * 48 + 3] == 4)
    }

    /// A picture stored at half its width is sampled as if it had been drawn out first, colours as well as luma.
    @Test(arguments: [2, 0.5]) func pixelsThatAreNotSquareAreDrawnOut(aspect: Double) {
        let (across, down) = (max(1, aspect), max(1, 1 / aspect))
        // Ramps over the square picture, which is 160 x 160.
        func value(_ x: Double, _ y: Double) -> Double { 20 + 0.7 * x + 0.6 * y }
        func pixel(_ x: Int, _ y: Int, _ step: Double) -> UInt8 {
            UInt8(value((Double(x) + 0.5) * across * step, (Double(y) + 0.5) * down * step).rounded())
        }
        let picture = Picture(
            width: Int(160 / across), height: Int(160 / down), luma: { pixel($0, $1, 1) }, cb: { pixel($0, $1, 2) })
        picture.pixelAspect = aspect
        #expect(picture.image.squareWidth == 160 && picture.image.squareHeight == 160)
        let map = AffineMap(scale: 1.5, cosine: 0.8, sine: 0.6, x: 50, y: 10)
        let crop = picture.luma(60, 60, map: map)
        let rgb = picture.rgb(60, 60, map: map)
        for row in 0..<60 {
            for column in 0..<60 {
                let p = map(Double(column) + 0.5, Double(row) + 0.5)
                guard p.x > 4, p.x < 156, p.y > 4, p.y < 156 else { continue }
                let expected = value(p.x, p.y)
                #expect(abs(Double(crop[row * 60 + column]) - expected) < 1.6)
                let blue = min(255, max(0, expected + 1.772 * (expected - 128)))
                #expect(abs(Double(rgb[(row * 60 + column) * 3 + 2]) - blue) < 3)
            }
        }
    }

    @Test(arguments: [0, -1, .nan, .infinity]) func anAspectThatIsNoneIsSquare(aspect: Double) {
        let picture = Picture(width: 16, height: 8, luma: { x, _ in UInt8(x) })
        picture.pixelAspect = aspect
        #expect(picture.image.squareWidth == 16 && picture.image.squareHeight == 8)
    }

    @Test func limitedRangeLumaIsExpandedAndClamped() {
        let picture = Picture(width: 16, height: 8, luma: { x, _ in [0, 16, 126, 235, 255][min(x, 4)] })
        picture.fullRange = false
        #expect(Array(picture.luma(16, 8)[0..<5]) == [0, 0, 128, 255, 255])
    }

    @Test(
        arguments: [
            // Pure colours in limited-range BT.601 (SMPTE bars) and full-range BT.601 (JFIF).
            (PlanarImage.Matrix.bt601, false, UInt8(81), UInt8(90), UInt8(240), [Float(255), 0, 0]),
            (.bt601, false, 145, 54, 34, [0, 255, 0]), (.bt601, false, 41, 240, 110, [0, 0, 255]),
            (.bt601, false, 235, 128, 128, [255, 255, 255]), (.bt601, true, 76, 85, 255, [255, 0, 0]),
            (.bt709, false, 63, 102, 240, [255, 0, 0]), (.bt709, false, 173, 42, 26, [0, 255, 0]),
            (.bt709, false, 32, 240, 118, [0, 0, 255]), (.bt2020, false, 74, 97, 240, [255, 0, 0]),
        ])
    func primariesComeOutInTheRightColour(
        matrix: PlanarImage.Matrix, fullRange: Bool, y: UInt8, u: UInt8, v: UInt8, expected: [Float]
    ) {
        for kind in [Picture.Chroma.planar, .interleaved] {
            let picture = Picture(
                width: 18, height: 9, chroma: kind, luma: { _, _ in y }, cb: { _, _ in u }, cr: { _, _ in v })
            picture.matrix = matrix
            picture.fullRange = fullRange
            let rgb = picture.rgb(18, 9)
            for (index, value) in rgb.enumerated() {
                #expect(abs(value - expected[index % 3]) < 2.5, "component \(index % 3)")
            }
        }
    }

    @Test func aPictureWithoutChromaIsGrey() {
        let picture = Picture(width: 16, height: 16, chroma: .none, luma: { x, y in UInt8(x * 3 + y * 5) })
        let rgb = picture.rgb(16, 16)
        for row in 0..<16 {
            for column in 0..<16 {
                for channel in 0..<3 {
                    #expect(abs(rgb[(row * 16 + column) * 3 + channel] - Float(column * 3 + row * 5)) < 0.01)
                }
            }
        }
    }

    @Test func chromaSamplesCoverTwoByTwoPixels() {
        // Cb is a ramp over the picture: at luma position x it must read as if it had been sampled at x / 2.
        let picture = Picture(width: 64, height: 8, luma: { _, _ in 128 }, cb: { x, _ in UInt8(100 + x) })
        let rgb = picture.rgb(64, 8)
        for column in 1..<63 {
            let cb = 100 + (Float(column) + 0.5) / 2 - 0.5
            #expect(abs(rgb[(3 * 64 + column) * 3 + 2] - (128 + 1.772 * (cb - 128))) < 0.02)
        }
    }

    @Test func theRangeIsWhatTheNetworkAskedFor() {
        let picture = Picture(width: 16, height: 16, luma: { x, _ in x < 8 ? 0 : 255 })
        let symmetric = picture.rgb(16, 16, range: .symmetric)
        #expect(abs(symmetric[0] + 1) < 1e-5 && abs(symmetric[15 * 3] - 1) < 1e-5)
        let unit = picture.rgb(16, 16, range: .unit)
        #expect(abs(unit[0]) < 1e-5 && abs(unit[15 * 3] - 1) < 1e-5)
    }

    @Test func beyondTheEdgeABlackBorderIsBlack() {
        let picture = Picture(width: 64, height: 32, luma: { _, _ in 200 })
        let rgb = picture.rgb(32, 32, map: AffineMap(scale: 2, cosine: 1, sine: 0, x: 0, y: -16), border: .black)
        for row in 0..<32 {
            let expected: Float = row < 8 || row >= 24 ? 0 : 200
            for column in 0..<32 { #expect(abs(rgb[(row * 32 + column) * 3] - expected) < 0.01, "row \(row)") }
        }
    }

    @Test func blackFadesInOverTheEdgeAsBilinearInterpolationWould() {
        let picture = Picture(width: 16, height: 16, luma: { _, _ in 100 })
        // The output's pixel centres lie a quarter pixel outside the centre of the first column.
        let map = AffineMap(xx: 1, xy: 0, x0: -0.25, yx: 0, yy: 1, y0: 0)
        let rgb = picture.rgb(8, 16, map: map, border: .black)
        #expect(abs(rgb[8 * 8 * 3] - 75) < 0.01)
        #expect(abs(rgb[8 * 8 * 3 + 3] - 100) < 0.01)
    }

    @Test func mapsInvert() {
        let map = AffineMap(xx: 1.5, xy: -0.3, x0: 12, yx: 0.4, yy: 0.9, y0: -7)
        let there = map(3, 5)
        let back = map.inverse(there.x, there.y)
        #expect(abs(back.x - 3) < 1e-12 && abs(back.y - 5) < 1e-12)
    }

    @Test(arguments: [(0.5, 1), (1.0, 1), (1.01, 2), (3.0, 3), (7.5, 8), (40, 8), (Double.nan, 1)])
    func tapsFollowTheStep(step: Double, taps: Int) {
        #expect(PlanarImage.tapCount(step: step) == taps)
    }
}
