internal import Media

extension Brush {
    /// Makes an upright rectangle one grey box.
    public func box(_ corner: Spot, _ size: Spot) {
        rectangle(corner, size, Ink(red: 110, green: 110, blue: 110))
    }

    /// Makes what lies within an ellipse in a rectangle unrecognisable: a few blocks, drawn smooth. Nothing finer than a fifth of the
    /// rectangle's width is left.
    public func blur(_ corner: Spot, _ size: Spot) {
        for number in 0..<3 { Mosaic(plane: number, corner: corner, size: size)?.draw(on: self) }
    }

    /// The lines of a face through 68 landmarks (iBUG's order): jaw, brows, nose, eyes and lips.
    ///
    /// - Parameter landmarks: flat x, y of 68 points; anything else draws nothing.
    public func mesh(_ landmarks: [Float], width: Double, _ ink: Ink) {
        guard landmarks.count == 136 else { return }
        let lines: [(range: ClosedRange<Int>, isClosed: Bool)] = [
            (0...16, false), (17...21, false), (22...26, false), (27...30, false), (31...35, false), (36...41, true),
            (42...47, true), (48...59, true), (60...67, true),
        ]
        func spot(_ index: Int) -> Spot { Spot(Double(landmarks[index * 2]), Double(landmarks[index * 2 + 1])) }
        for (range, isClosed) in lines {
            for index in range.dropLast() { line(spot(index), spot(index + 1), width: width, ink) }
            if isClosed { line(spot(range.upperBound), spot(range.lowerBound), width: width, ink) }
        }
    }
}

/// A part of a plane as a few blocks.
private struct Mosaic {
    private static let columns = 5

    let plane: Int
    let corner: Spot
    let size: Spot
    private let rows: Int

    init?(plane: Int, corner: Spot, size: Spot) {
        // A cover beyond this is wider than any picture.
        guard corner.isFinite, size.x >= 1, size.y >= 1, max(abs(corner.x), abs(corner.y), size.x, size.y) < 1e6 else {
            return nil
        }
        self.plane = plane
        self.corner = corner
        self.size = size
        rows = min(64, max(2, Int((Double(Self.columns) * size.y / size.x).rounded())))
    }

    func draw(on brush: Brush) {
        let plane = brush.plane(plane)
        let step = self.plane == 0 ? 1.0 : 2.0
        let (corner, size) = (corner / step, size / step)
        let means = means(plane, corner, size)
        let firstRow = max(0, Int(corner.y.rounded(.down)))
        let firstColumn = max(0, Int(corner.x.rounded(.down)))
        let (endRow, endColumn) = (
            min(plane.height, Int((corner.y + size.y).rounded(.up))),
            min(plane.width, Int((corner.x + size.x).rounded(.up)))
        )
        guard firstRow < endRow, firstColumn < endColumn else { return }
        for row in firstRow..<endRow {
            for column in firstColumn..<endColumn {
                let x = (Double(column) + 0.5 - corner.x) / size.x
                let y = (Double(row) + 0.5 - corner.y) / size.y
                let distance = ((x - 0.5) * (x - 0.5) + (y - 0.5) * (y - 0.5)).squareRoot() * 2
                let part = min(1, max(0, (1 - distance) * 12))
                guard part > 0 else { continue }
                let sample = plane.samples + row * plane.stride + column
                sample.pointee = UInt8((Double(sample.pointee) * (1 - part) + value(means, x, y) * part).rounded())
            }
        }
    }

    /// The mean of each block; of one outside the plane, that of what is nearest.
    private func means(_ plane: Picture.Plane, _ corner: Spot, _ size: Spot) -> [Double] {
        (0..<rows * Self.columns).map { number in
            let (row, column) = (number / Self.columns, number % Self.columns)
            func range(_ index: Int, _ count: Int, _ start: Double, _ length: Double, _ limit: Int) -> Range<Int> {
                let low = min(limit - 1, max(0, Int(start + length * Double(index) / Double(count))))
                let high = min(limit, max(low + 1, Int(start + length * Double(index + 1) / Double(count))))
                return low..<high
            }
            let rows = range(row, rows, corner.y, size.y, plane.height)
            let columns = range(column, Self.columns, corner.x, size.x, plane.width)
            var sum = 0
            for row in rows { for column in columns { sum += Int(plane.samples[row * plane.stride + column]) } }
            return Double(sum) / Double(rows.count * columns.count)
        }
    }

    /// Between the middles of four blocks.
    private func value(_ means: [Double], _ x: Double, _ y: Double) -> Double {
        let across = min(Double(Self.columns - 1), max(0, x * Double(Self.columns) - 0.5))
        let down = min(Double(rows - 1), max(0, y * Double(rows) - 0.5))
        let (column, row) = (min(Self.columns - 2, Int(across)), min(rows - 2, Int(down)))
        let (right, below) = (across - Double(column), down - Double(row))
        let first = row * Self.columns + column
        let top = means[first] * (1 - right) + means[first + 1] * right
        let bottom = means[first + Self.columns] * (1 - right) + means[first + Self.columns + 1] * right
        return top * (1 - below) + bottom * below
    }
}
