import Inference
import Testing

struct CheckedTests {
    @Test func aNumberIsConvertedOrNamed() throws {
        #expect(try Checked.convert(-5, to: Int32.self, "a pad") == -5)
        #expect(try Checked.convert(Int(Int32.max), to: Int32.self, "a pad") == .max)
        let error = #expect(throws: InferenceError.self) { try Checked.convert(1 << 31, to: Int32.self, "a pad") }
        #expect(error?.code == .tooLarge)
        #expect(error?.message == "a pad of 2147483648")
        #expect(throws: InferenceError.self) { try Checked.convert(-1, to: UInt32.self, "a count") }
    }

    @Test(arguments: [Double.nan, .infinity, -.infinity, -1, 11, 1e300, 0.5])
    func whatIsNoWholeNumberOfTheRangeIsRefused(value: Double) {
        #expect(throws: InferenceError.self) { try Checked.int(value, in: 0...10, "a size") }
    }

    @Test func wholeNumbersOfTheRangeAreTaken() throws {
        for value in [-0.0, 0, 10] { #expect(try Checked.int(value, in: 0...10, "a size") == Int(value)) }
    }

    @Test func productsAreCheckedAsProducts() throws {
        #expect(try Checked.product([], "a size") == 1)
        #expect(try Checked.product([3, 5, 7], "a size") == 105)
        #expect(try Checked.product([1 << 31, 1 << 31], "a size") == 1 << 62)
        #expect(throws: InferenceError.self) { try Checked.product([1 << 32, 1 << 31], "a size") }
        #expect(throws: InferenceError.self) { try Checked.product([.min, -1], "a size") }
        #expect(throws: InferenceError.self) { try Checked.product([-2, 3], "a size") }
        #expect(throws: InferenceError.self) { try Checked.product([3, 5], limit: 14, "a size") }
        // Whatever stands beside a zero, in either order.
        #expect(try Checked.product([.max, .max, 0], "a size") == 0)
        #expect(try Checked.product([0, .max, .max], "a size") == 0)
        let error = #expect(throws: InferenceError.self) { try Checked.product([.max, 2], "a window") }
        #expect(error?.message == "a window of 9223372036854775807 times 2")
    }

    @Test func sumsAreCheckedAsSums() throws {
        #expect(try Checked.sum([1, 2, -4], "bytes") == -1)
        #expect(throws: InferenceError.self) { try Checked.sum([.max, 1], "bytes") }
        #expect(throws: InferenceError.self) { try Checked.sum([.min, -1], "bytes") }
        #expect(throws: InferenceError.self) { try Checked.sum([5, 6], limit: 10, "bytes") }
    }

    @Test func anAllowanceIsUsedUp() throws {
        let allowance = ByteAllowance(100)
        try allowance.take(10, size: 8, "a vector")
        #expect(throws: InferenceError.self) { try allowance.take(21, "a name") }
        try allowance.take(20, "a name")
        #expect(throws: InferenceError.self) { try allowance.take(1, "a name") }
        try allowance.take(0, "a name")
        #expect(throws: InferenceError.self) { try allowance.take(.max, size: 8, "a vector") }
    }
}
