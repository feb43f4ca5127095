import FaceTracking
import Testing

/// A place that was looked at in vain is left alone for a second.
struct RefusedPlacesTests {
    private func region(_ x: Float, side: Float = 60) -> FaceRegion {
        FaceRegion(centre: SIMD2(x, 100), side: side, rotation: 0)
    }

    @Test func placeIsRefusedForASecond() {
        var places = RefusedPlaces()
        places.add(region(100), time: 5)
        places.advance(to: 5.96)
        #expect(places.contains(region(104)))
        #expect(!places.contains(region(140)))
        #expect(!places.contains(region(100, side: 120)))
        places.advance(to: 6)
        #expect(!places.contains(region(104)))
    }

    @Test func timeThatRunsBackwardsForgets() {
        var places = RefusedPlaces()
        places.add(region(100), time: 5)
        places.advance(to: 4)
        #expect(!places.contains(region(100)))
    }

    @Test func oldestIsForgottenWhenThereIsNoRoom() {
        var places = RefusedPlaces()
        for number in 0...RefusedPlaces.capacity { places.add(region(Float(number) * 100), time: 1) }
        #expect(!places.contains(region(0)))
        #expect(places.contains(region(100)))
        places.clear()
        #expect(!places.contains(region(100)))
    }
}
