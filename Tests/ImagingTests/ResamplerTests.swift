import Imaging
import Testing

/// Pictures made larger and smaller.
struct ResamplerTests {
    private func resampled(_ picture: [UInt8], from: Int, to: Int) -> [UInt8] {
        var resampler = Resampler(from: from, to: to)
        var result: [UInt8] = []
        resampler.resample(picture, into: &result)
        return result
    }

    @Test func theSameSizeIsTheSamePicture() {
        var noise = Noise(seed: 3)
        let picture = (0..<24 * 24).map { _ in noise.byte() }
        #expect(resampled(picture, from: 24, to: 24) == picture)
    }

    @Test(arguments: [1, 7, 16, 33, 72]) func anEvenPictureStaysEven(to: Int) {
        #expect(resampled([UInt8](repeating: 137, count: 256), from: 16, to: to).allSatisfy { $0 == 137 })
    }

    @Test func aRampStaysARamp() {
        let picture: [UInt8] = (0..<1024).map { (place: Int) -> UInt8 in UInt8(place % 32 * 4 + 40) }
        let large = resampled(picture, from: 32, to: 96)
        // Away from the edges, which are repeated.
        for column in 9..<87 {
            let place = (Double(column) + 0.5) / 3 - 0.5
            let found = Double(large[50 * 96 + column])
            #expect(abs(found - (place * 4 + 40)) < 0.6)
        }
        let small = resampled(picture, from: 32, to: 16)
        for column in 3..<13 {
            let found = Int(small[8 * 16 + column])
            #expect(abs(found - (column * 8 + 42)) <= 1)
        }
    }

    @Test func nothingFlickersThatIsSmallerThanAPixel() {
        // Alternating columns become grey.
        let picture: [UInt8] = (0..<4096).map { (place: Int) -> UInt8 in UInt8(place % 2 * 200) }
        let small = resampled(picture, from: 64, to: 16)
        for row in 4..<12 {
            for column in 4..<12 {
                let found = Int(small[row * 16 + column])
                #expect(abs(found - 100) <= 2)
            }
        }
    }
}
