import FaceTracking
import Testing

/// The eigenvector that a rigid fit rests on.
struct SymmetricEigenTests {
    @Test func diagonalMatrixGivesItsLargestEntry() {
        let (value, vector) = largestEigenpair(
            SIMD4(1, 0, 0, 0), SIMD4(0, -7, 0, 0), SIMD4(0, 0, 3, 0), SIMD4(0, 0, 0, 2))
        #expect(value == 3)
        #expect(abs(vector.z) == 1)
    }

    @Test func lowerTriangleIsNotRead() {
        let (value, vector) = largestEigenpair(
            SIMD4(2, 1, 0, 0), SIMD4(9, 2, 0, 0), SIMD4(9, 9, 1, 0), SIMD4(9, 9, 9, 1))
        #expect(abs(value - 3) < 1e-14)
        #expect(abs(abs(vector.x) - 0.5.squareRoot()) < 1e-14 && abs(vector.x - vector.y) < 1e-14)
    }

    @Test func randomMatricesAreSolvedToTheLastDigits() {
        var random = SplitMix(seed: 7)
        for _ in 0..<200 {
            var rows = [SIMD4<Double>](repeating: .zero, count: 4)
            for row in 0..<4 {
                for column in row..<4 {
                    rows[row][column] = Double.random(in: -10...10, using: &random)
                    rows[column][row] = rows[row][column]
                }
            }
            let (value, vector) = largestEigenpair(rows[0], rows[1], rows[2], rows[3])
            #expect(abs((vector * vector).sum() - 1) < 1e-12)
            for row in 0..<4 { #expect(abs((rows[row] * vector).sum() - value * vector[row]) < 1e-11) }
            // It is the largest: no unit vector has a larger quadratic form.
            for _ in 0..<20 {
                let any = SIMD4<Double>(
                    .random(in: -1...1, using: &random), .random(in: -1...1, using: &random),
                    .random(in: -1...1, using: &random), .random(in: -1...1, using: &random))
                let image = SIMD4((0..<4).map { (rows[$0] * any).sum() })
                #expect((any * image).sum() <= (value + 1e-9) * (any * any).sum())
            }
        }
    }

    @Test func matrixThatIsNotFiniteEnds() {
        _ = largestEigenpair(SIMD4(.nan, 0, 0, 0), SIMD4(0, .infinity, 1, 0), .zero, .zero)
    }
}
