/// The anchors that a single-shot detector's outputs refer to: one point per output row, 0-1 over the detector's input.
///
/// BlazeFace (arXiv 1907.05047) has anchors of one fixed size, so a point is all there is. The layouts are those of MediaPipe's
/// `SsdAnchorsCalculator` options for its face detectors: layers of equal stride share their cells, each layer giving two anchors per
/// cell (aspect ratio 1, and the interpolated scale) or one.
package struct AnchorGrid: Sendable, Equatable {
    /// One group of anchors: a grid of `side / stride` cells squared, `perCell` anchors in each.
    package struct Layer: Sendable, Equatable {
        package var stride: Int
        package var perCell: Int

        package init(stride: Int, perCell: Int) {
            self.stride = stride
            self.perCell = perCell
        }
    }

    /// Side of the detector's square input in pixels.
    package let side: Int
    /// The anchors, in the order of the network's outputs.
    package let points: [SIMD2<Float>]

    /// Lays out anchors at the cells' centres, row by row, layer after layer.
    package init(side: Int, layers: [Layer]) {
        self.side = side
        var points: [SIMD2<Float>] = []
        for layer in layers {
            let cells = (side + layer.stride - 1) / layer.stride
            for row in 0..<cells {
                for column in 0..<cells {
                    let point = SIMD2((Float(column) + 0.5) / Float(cells), (Float(row) + 0.5) / Float(cells))
                    for _ in 0..<layer.perCell { points.append(point) }
                }
            }
        }
        self.points = points
    }

    /// BlazeFace short range: 128 pixels; one layer of stride 8 and three of stride 16, two anchors each: 896.
    package static let shortRange = AnchorGrid(
        side: 128, layers: [Layer(stride: 8, perCell: 2), Layer(stride: 16, perCell: 6)])
    /// BlazeFace full range: 192 pixels; one layer of stride 4, one anchor: 2304.
    package static let fullRange = AnchorGrid(side: 192, layers: [Layer(stride: 4, perCell: 1)])
}
