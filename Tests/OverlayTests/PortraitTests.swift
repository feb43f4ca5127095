import FaceTracking
import Faces
import Glibc
import Media
import Overlay
import Testing

/// The common person's face in the place of somebody's.
struct PortraitTests {
    private static let side = 72
    private let painter = PortraitPainter(HeadSheet(points: CanonicalHead.points))

    private func picture(luma: UInt8 = 90, chroma: UInt8 = 120) throws -> Picture {
        let picture = try Picture(width: 320, height: 240)
        for (number, plane) in picture.planes.enumerated() {
            for row in 0..<plane.height {
                (plane.samples + row * plane.stride).update(repeating: number == 0 ? luma : chroma, count: plane.width)
            }
        }
        return picture
    }

    /// An even face, with a white spot where a landmark of the canonical head lies.
    private func face(spot landmark: Int? = nil) -> [UInt8] {
        var face = [UInt8](repeating: 120, count: Self.side * Self.side)
        guard let landmark else { return face }
        let column = Int(Float(Self.side) * (0.50 + 0.34 * CanonicalHead.points[3 * landmark]))
        let row = Int(Float(Self.side) * (0.33 + 0.34 * CanonicalHead.points[3 * landmark + 1]))
        for y in row - 1...row + 1 { for x in column - 1...column + 1 { face[y * Self.side + x] = 255 } }
        return face
    }

    private func portrait(_ picture: [UInt8], opacity: Double = 1) -> Portrait {
        Portrait(
            picture: picture, eyes: Spot(160, 100), distance: 50, pitch: 0, yaw: 0, roll: 0, opacity: opacity)
    }

    private func sample(_ picture: Picture, _ plane: Int, _ x: Int, _ y: Int) -> Int {
        Int(picture.planes[plane].samples[y * picture.planes[plane].stride + x])
    }

    @Test func aFaceIsAsBrightAsWhatItHidesAndHasTheColourOfSkin() throws {
        for luma in [40, 90, 160] as [UInt8] {
            let picture = try picture(luma: luma)
            painter.draw(portrait(face()), on: picture)
            #expect(abs(sample(picture, 0, 160, 120) - Int(luma)) <= 3)
            #expect(sample(picture, 1, 80, 60) < 128 && sample(picture, 2, 80, 60) > 128)
            #expect(sample(picture, 0, 20, 20) == Int(luma) && sample(picture, 1, 10, 10) == 120)
        }
        let grey = try self.picture(chroma: 128)
        painter.draw(portrait(face()), on: grey)
        #expect(sample(grey, 1, 80, 60) == 128 && sample(grey, 2, 80, 60) == 128, "black and white stays so")
    }

    /// The picture's places come to lie where a head in that pose has them.
    @Test(arguments: [(0, 0, 0), (35, 0, 0), (-35, 0, 0), (0, 25, 0), (0, -25, 0), (0, 0, 40), (25, -15, -20)])
    func placesOfThePictureLieWhereTheHeadHasThem(yaw: Double, pitch: Double, roll: Double) throws {
        // R = Rz(roll) Ry(-yaw) Rx(-pitch), as Documentation/Bundle.md has it.
        let (a, b, c) = (-pitch * .pi / 180, -yaw * .pi / 180, roll * .pi / 180)
        func turned(_ p: SIMD3<Double>) -> SIMD3<Double> {
            let x = SIMD3<Double>(p.x, cos(a) * p.y - sin(a) * p.z, sin(a) * p.y + cos(a) * p.z)
            let y = SIMD3<Double>(cos(b) * x.x + sin(b) * x.z, x.y, -sin(b) * x.x + cos(b) * x.z)
            return SIMD3<Double>(cos(c) * y.x - sin(c) * y.y, sin(c) * y.x + cos(c) * y.y, y.z)
        }
        var landmarks: [Float] = []
        for index in 0..<468 {
            let point = SIMD3(
                Double(CanonicalHead.points[3 * index]), Double(CanonicalHead.points[3 * index + 1]),
                Double(CanonicalHead.points[3 * index + 2]))
            let place: SIMD3<Double> = turned(point) * 50 + SIMD3<Double>(160, 100, 0)
            landmarks += [Float(place.x), Float(place.y), Float(place.z)]
        }
        let fit = landmarks.withUnsafeBufferPointer { CanonicalFit(landmarks: $0) }
        // The tip of the nose, the middle of the chin's upper part, and a place below an eye.
        for landmark in [4, 199, 50] {
            let picture = try picture()
            painter.draw(
                Portrait(
                    picture: face(spot: landmark), eyes: Spot(Double(fit.eyes.x), Double(fit.eyes.y)),
                    distance: Double(fit.eyes.distance), pitch: Double(fit.pose.pitch), yaw: Double(fit.pose.yaw),
                    roll: Double(fit.pose.roll)), on: picture)
            var (sum, x, y) = (0.0, 0.0, 0.0)
            for row in 0..<240 {
                for column in 0..<320 {
                    let light = max(0, Double(sample(picture, 0, column, row)) - 110)
                    sum += light
                    x += light * (Double(column) + 0.5)
                    y += light * (Double(row) + 0.5)
                }
            }
            try #require(sum > 0, "landmark \(landmark) is seen")
            let (across, down) = (
                x / sum - Double(landmarks[3 * landmark]), y / sum - Double(landmarks[3 * landmark + 1])
            )
            let away = hypot(across, down)
            #expect(away < 3, "landmark \(landmark) is \(away) pixels away")
        }
    }

    @Test func whatIsNowhereIsLeftOut() throws {
        let picture = try picture()
        let before = (0..<240).flatMap { row in (0..<320).map { sample(picture, 0, $0, row) } }
        var portraits = [portrait(face(), opacity: 0)]
        for (x, y, distance) in [(-1e4, 0.0, 40.0), (Double.nan, 3, 40), (10, 10, .infinity), (160, 100, 0)] {
            var portrait = portrait(face())
            portrait.eyes = Spot(x, y)
            portrait.distance = distance
            portraits.append(portrait)
        }
        for portrait in portraits { painter.draw(portrait, on: picture) }
        #expect(before == (0..<240).flatMap { row in (0..<320).map { sample(picture, 0, $0, row) } })
        // Partly outside is drawn as far as it is within.
        var corner = portrait(face())
        corner.eyes = Spot(2, 3)
        painter.draw(corner, on: picture)
        #expect(sample(picture, 2, 1, 10) > 128)
        corner.eyes = Spot(318, 238)
        corner.distance = 4_000
        painter.draw(corner, on: picture)
    }
}
