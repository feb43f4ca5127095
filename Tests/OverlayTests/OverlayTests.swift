import Media
import Overlay
import Records
import Testing

/// What is drawn onto pictures.
struct OverlayTests {
    private func picture(_ width: Int = 160, _ height: Int = 120) throws -> Picture {
        let picture = try Picture(width: width, height: height)
        for plane in picture.planes {
            for row in 0..<plane.height {
                for column in 0..<plane.width {
                    plane.samples[row * plane.stride + column] = UInt8(60 + (row * 7 + column * 13) % 100)
                }
            }
        }
        return picture
    }

    /// All samples of a plane, row by row.
    private func samples(_ picture: Picture, _ plane: Int = 0) -> [UInt8] {
        let plane = picture.planes[plane]
        return (0..<plane.height).flatMap { row in (0..<plane.width).map { plane.samples[row * plane.stride + $0] } }
    }

    private func face(track: Int = 3, au: [Float] = [4, 0.2], visible: [Float] = []) -> FaceRecord {
        FaceRecord(
            track: track, certain: true, box: (50, 40, 40, 50), score: 1, pitch: 0, yaw: 0, roll: 0, quality: 1, au: au,
            auRaw: au, left: [], right: [], present: [true, false], emotions: [0.9, 0.1], emotion: 0, baseline: "off",
            visible: visible)
    }

    private let labels = RecordLabels(au: ["AU12", "AU25"], sides: [], emotions: ["happiness", "neutral"])

    @Test func aRectangleCoversItsSamplesAndNoOthers() throws {
        let picture = try picture()
        let before = samples(picture)
        Brush(picture).rectangle(Spot(20, 30), Spot(40, 20), .white)
        let after = samples(picture)
        for row in 0..<120 {
            for column in 0..<160 {
                let index = row * 160 + column
                if (20..<60).contains(column) && (30..<50).contains(row) {
                    #expect(after[index] == 235)
                } else {
                    #expect(after[index] == before[index], "\(column) \(row)")
                }
            }
        }
        #expect(samples(picture, 1)[20 * 80 + 15] == 128)
    }

    /// Faces may be anywhere, and numbers from files anything.
    @Test(arguments: [
        Spot(-1e9, 5), Spot(1e9, -1e9), Spot(159, 119), Spot(-30, -30), Spot(.infinity, 3), Spot(-.infinity, .infinity),
    ])
    func whatLiesOutsideIsLeftOut(corner: Spot) throws {
        let picture = try picture()
        let brush = Brush(picture)
        brush.rectangle(corner, Spot(50, 50), .white)
        brush.line(corner, Spot(80, 60), width: 2, .white)
        brush.blur(corner, Spot(50, 50))
        brush.box(corner, Spot(1e12, 1e12))
        StrokeFont(size: 8).draw("AU12", at: corner, .white, with: brush)
        // Whatever was drawn, no plane has a sample that video cannot have.
        #expect(samples(picture).allSatisfy { (16...235).contains($0) })
    }

    @Test func lettersAreToldApart() throws {
        var seen: [[UInt8]: Character] = [:]
        for letter in "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz.,:-+/()%?!" {
            let picture = try Picture(width: 20, height: 24)
            for plane in picture.planes {
                for row in 0..<plane.height {
                    for column in 0..<plane.width { plane.samples[row * plane.stride + column] = 16 }
                }
            }
            StrokeFont(size: 12).draw(String(letter), at: Spot(4, 4), .white, with: Brush(picture))
            let drawn = samples(picture)
            #expect(drawn.contains { $0 > 100 }, "\(letter)")
            if let other = seen[drawn] {
                #expect(["0", "O"].contains(other) && letter == "O", "\(letter) looks like \(other)")
            }
            seen[drawn] = letter
        }
        #expect(StrokeFont(size: 12).width(of: "AU12") > StrokeFont(size: 12).width(of: "AU1"))
    }

    @Test func blurLeavesNothingFineWithinAndNothingChangedBeyond() throws {
        let picture = try picture()
        let before = samples(picture)
        Brush(picture).blur(Spot(40, 30), Spot(60, 60))
        let after = samples(picture)
        // Neighbours differ by 13 in the pattern.
        for row in 50..<70 {
            for column in 60..<80 {
                #expect(abs(Int(after[row * 160 + column]) - Int(after[row * 160 + column + 1])) < 6)
            }
        }
        #expect(after[30 * 160 + 40] == before[30 * 160 + 40], "a corner of the rectangle")
        #expect(after[10 * 160 + 10] == before[10 * 160 + 10])
    }

    @Test func eachPartIsDrawnByItself() throws {
        for part in FaceOverlay.Part.allCases where part != .landmarks && part != .gaze {
            let picture = try picture()
            let before = samples(picture)
            let overlay = FaceOverlay(labels: labels, width: 160, height: 120, parts: [part], units: 6)
            let record = FrameRecord(
                source: "a", sequence: 0, pts: 1, epoch: 0, time: nil, dropped: 0, width: 160, height: 120,
                faces: [face()])
            overlay.draw(record, time: 1, on: picture)
            #expect(samples(picture) != before, "\(part)")
        }
        let picture = try picture()
        let before = samples(picture)
        FaceOverlay(labels: labels, width: 160, height: 120, parts: [], units: 6).draw(
            FrameRecord(
                source: "a", sequence: 0, pts: 1, epoch: 0, time: nil, dropped: 0, width: 160, height: 120,
                faces: [face()]), time: 1, on: picture)
        #expect(samples(picture) == before)
    }

    /// Values that are not known are not numbers.
    @Test func whatIsNotKnownIsNotDrawnAsZero() throws {
        let picture = try picture()
        let overlay = FaceOverlay(
            labels: labels, width: 160, height: 120, parts: Set(FaceOverlay.Part.allCases), units: 6)
        let hidden = face(au: [.nan, .nan], visible: [1, 1, 1, 1, 1, 1, 0, 0])
        let record = FrameRecord(
            source: "a", sequence: 0, pts: 1, epoch: 0, time: nil, dropped: 0, width: 160, height: 120,
            faces: [hidden, face(au: [])])
        overlay.draw(record, time: .nan, on: picture)
        overlay.draw(nil, time: 1e9, on: picture)

        let bars = FaceOverlay(labels: labels, width: 160, height: 120, parts: [.units], units: 6)
        func drawn(_ face: FaceRecord) throws -> [UInt8] {
            let picture = try self.picture()
            bars.draw(
                FrameRecord(
                    source: "a", sequence: 0, pts: 1, epoch: 0, time: nil, dropped: 0, width: 160, height: 120,
                    faces: [face]), time: 1, on: picture)
            return samples(picture)
        }
        let plain = samples(try self.picture())
        #expect(try drawn(face(au: [.nan, .nan])) == plain, "no bar of length 0")
        #expect(try drawn(hidden) != plain, "what is hidden is named")
        #expect(try drawn(face(au: [4, .nan])) != drawn(face(au: [1, .nan])), "bars are as long as units are strong")
    }
}
