import Batch
import Records
import Testing

/// Where faces are covered in a recording, from its records.
struct CoverPlanTests {
    private func face(_ track: Int, x: Float, width: Float = 40) -> FaceRecord {
        FaceRecord(
            track: track, certain: true, box: (x, 30, width, 40), score: 1, pitch: 0, yaw: 0, roll: 0, quality: 1,
            au: [], auRaw: [], left: [], right: [], present: [], emotions: [], emotion: 0, baseline: "off")
    }

    private func record(_ index: Int, pts: Double, epoch: Int = 0, _ faces: [FaceRecord] = []) -> FrameRecord {
        FrameRecord(
            source: "a.mp4", sequence: index, pts: pts, epoch: epoch, time: nil, dropped: 0, width: 320, height: 240,
            isDamaged: false, faces: faces)
    }

    /// A plan of frames a tenth of a second apart, with the faces of some of them.
    private func plan(_ frames: Int, epochs: (Int) -> Int = { _ in 0 }, faces: (Int) -> [FaceRecord]) -> CoverPlan {
        var plan = CoverPlan()
        for index in 0..<frames {
            plan.add(record(index, pts: Double(index) / 10, epoch: epochs(index), faces(index)), round: 0)
        }
        return plan
    }

    private func moment(_ frame: Int, epoch: Int = 0) -> CoverPlan.Moment {
        CoverPlan.Moment(epoch: epoch, pts: Double(frame) / 10)
    }

    @Test func aCoverIsLargerThanTheFaceAndReachesFurtherUpThanDown() throws {
        let cover = try #require(plan(1) { _ in [face(1, x: 100)] }.covers(at: moment(0)).first)
        #expect(cover.width == 54 && cover.height == 60)
        #expect(abs(cover.x - 93) < 1e-6)
        #expect(30 - cover.y > cover.y + cover.height - 70)
        #expect(cover.face == PortraitStore.Key(sequence: 0, track: 1))
        #expect(cover.contains(x: 120, y: 50) && !cover.contains(x: cover.x + 2, y: cover.y + 2))
    }

    @Test func aFaceIsCoveredForAWhileBeforeAndAfterItIsSeen() {
        let plan = plan(40) { (20...22).contains($0) ? [face(1, x: 100)] : [] }
        #expect((0..<40).filter { !plan.covers(at: moment($0)).isEmpty } == Array(13...29))
        #expect(plan.covers(at: moment(15)).first?.face == nil, "nothing is drawn where no face was seen")
    }

    @Test func theCoverGoesFromOneSightingToTheNext() throws {
        let plan = plan(40) { $0 == 5 ? [face(1, x: 100)] : $0 == 25 ? [face(1, x: 200, width: 80)] : [] }
        let ends = [try #require(plan.covers(at: moment(5)).first), try #require(plan.covers(at: moment(25)).first)]
        let middle = try #require(plan.covers(at: moment(15)).first)
        #expect(abs(middle.x - (ends[0].x + ends[1].x) / 2) < 1e-6)
        #expect(abs(middle.width - (ends[0].width + ends[1].width) / 2) < 1e-6)
        #expect(middle.face == nil)
    }

    @Test func aLongPauseIsNotCovered() {
        let plan = plan(60) { $0 == 5 || $0 == 45 ? [face(1, x: 100)] : [] }
        #expect((5...45).filter { plan.covers(at: moment($0)).isEmpty } == Array(13...37))
    }

    @Test func nothingIsCoveredAcrossABreakInTime() {
        let plan = plan(20, epochs: { $0 < 10 ? 0 : 1 }) { $0 == 9 ? [face(1, x: 100)] : [] }
        #expect(plan.covers(at: moment(9)).count == 1)
        #expect(plan.covers(at: moment(10, epoch: 1)).isEmpty)
    }

    @Test func facesThatAreNotWantedAreLeft() {
        var plan = CoverPlan()
        plan.add(record(0, pts: 0, [face(1, x: 10), face(2, x: 200)]), round: 0) { $0.track == 2 }
        #expect(plan.covers(at: moment(0)).map(\.face) == [PortraitStore.Key(sequence: 0, track: 2)])
    }

    /// A video that was made of the recording has times of its own; its frames are the same.
    @Test func aFaceInTheResultIsComparedWithTheCoversOfTheSameFrame() {
        var plan = plan(10) { _ in [face(1, x: 100)] }
        let found = record(4, pts: 77, [face(9, x: 105), face(8, x: 240), face(7, x: 80, width: 90)])
        #expect(found.faces.map { plan.covers(over: $0, in: found).count } == [1, 0, 0])
        plan.add(found, round: 1) { $0.track == 8 }
        #expect(plan.covers(at: moment(4)).count == 2)
        #expect(plan.covers(at: moment(4)).last?.face == nil, "there is no portrait of a face that was found late")
        plan.add(record(99, pts: 78, [face(9, x: 105)]), round: 1)
        #expect(plan.covers(at: moment(9)).count == 2, "a frame that the recording does not have counts for nothing")
    }
}
