internal import Glibc
internal import Imaging
public import Media

/// Draws portraits: the frontal picture is laid over the common person's head, turned as the head in the frame, and drawn at its place, as bright
/// as what was there, in one colour of skin for all.
///
/// Its memory is used again. Used by one thread only.
public final class PortraitPainter {
    private let sheet: HeadSheet
    /// Of full light, over 128: about the middle of what people's skins have.
    private static let skin = (u: -14.0, v: 19.0)
    /// The luma at which skin has its full colour; what is darker has less.
    private static let skinLuma = 150.0
    /// How much stronger than that its colour may be where the film's colours are strong.
    private static let mostSaturation: Float = 2.5
    /// What a picture's side may be stretched to at most; beyond that it only becomes smoother.
    private static let stretch = 4.0

    private var resamplers: [Int: Resampler] = [:]
    private var texture: [UInt8] = []
    private var side = 0
    private var corners: [Vertex] = []
    /// Luma and how much of it covers, of the part of the frame that the face takes.
    private var luma: [Float] = []
    private var cover: [Float] = []
    private var area = (x: 0, y: 0, width: 0, height: 0)

    /// A corner of the sheet in the frame.
    private struct Vertex {
        var x, y: Float
        /// In the texture's pixels.
        var u, v: Float
        var part: Float
    }

    /// Makes a painter.
    public init(_ sheet: HeadSheet) {
        self.sheet = sheet
        corners = Array(repeating: Vertex(x: 0, y: 0, u: 0, v: 0, part: 0), count: sheet.corners.count)
    }

    /// Draws a portrait; one that is nowhere, or of no size, is left out.
    public func draw(_ portrait: Portrait, on picture: Picture) {
        let numbers = [
            portrait.eyes.x, portrait.eyes.y, portrait.distance, portrait.pitch, portrait.yaw, portrait.roll,
        ]
        guard numbers.allSatisfy({ $0.isFinite && abs($0) < 1e5 }), portrait.distance >= 1, portrait.opacity > 0 else {
            return
        }
        stretch(portrait)
        let turn = Self.rotation(portrait)
        place(portrait, turn)
        guard makeRoom(in: picture) else { return }
        rasterize(towards: turn.2)
        blend(onto: picture, opacity: Float(min(1, portrait.opacity)))
    }

    /// The texture: the picture in about the frame's own resolution, so that it can be sampled as it is.
    private func stretch(_ portrait: Portrait) {
        let own = Int(Double(portrait.picture.count).squareRoot())
        let wanted = min(portrait.distance / 0.34, Double(own) * Self.stretch)
        side = max(16, Int((wanted / 16).rounded(.up)) * 16)
        let key = own << 16 | side
        if resamplers[key] == nil {
            if resamplers.count > 64 { resamplers.removeAll() }
            resamplers[key] = Resampler(from: own, to: side)
        }
        resamplers[key]?.resample(portrait.picture, into: &texture)
    }

    /// The rows of R = Rz(roll) Ry(-yaw) Rx(-pitch).
    private static func rotation(_ portrait: Portrait) -> (SIMD3<Float>, SIMD3<Float>, SIMD3<Float>) {
        let radians = Double.pi / 180
        let (a, b, c) = (-portrait.pitch * radians, -portrait.yaw * radians, portrait.roll * radians)
        let first = SIMD3(cos(b), sin(b) * sin(a), sin(b) * cos(a))
        let second = SIMD3(0, cos(a), -sin(a))
        let third = SIMD3(-sin(b), cos(b) * sin(a), cos(b) * cos(a))
        return (
            SIMD3<Float>(cos(c) * first - sin(c) * second), SIMD3<Float>(sin(c) * first + cos(c) * second),
            SIMD3<Float>(third)
        )
    }

    /// Puts the corners where they are in the frame. What turns away fades out.
    private func place(_ portrait: Portrait, _ turn: (SIMD3<Float>, SIMD3<Float>, SIMD3<Float>)) {
        let (across, down) = (Float(1 / portrait.squareScale.x), Float(1 / portrait.squareScale.y))
        let (distance, x, y) = (Float(portrait.distance), Float(portrait.eyes.x), Float(portrait.eyes.y))
        let row = HeadSheet.cells + 1
        sheet.corners.withUnsafeBufferPointer { sheet in
            for index in sheet.indices {
                let corner = sheet[index]
                let (column, line) = (index % row, index / row)
                let along =
                    sheet[column < row - 1 ? index + 1 : index].place - sheet[column > 0 ? index - 1 : index].place
                let under =
                    sheet[line < row - 1 ? index + row : index].place - sheet[line > 0 ? index - row : index].place
                let normal = SIMD3(
                    along.y * under.z - along.z * under.y, along.z * under.x - along.x * under.z,
                    along.x * under.y - along.y * under.x)
                let facing = (normal * turn.2).sum() / (normal * normal).sum().squareRoot()
                // A nose lies before a cheek and not before what is behind the head: it keeps its edge.
                let isOutline = min(1, max(0, (abs(corner.place.x) - 0.3) / 0.15))
                let shown = 1 - isOutline * (1 - min(1, max(0, (facing - 0.1) / 0.3)))
                corners[index] = Vertex(
                    x: ((corner.place * turn.0).sum() * distance + x) * across,
                    y: ((corner.place * turn.1).sum() * distance + y) * down,
                    u: corner.spot.x * Float(side) - 0.5, v: corner.spot.y * Float(side) - 0.5,
                    part: corner.part * shown)
            }
        }
    }

    /// Clears the part of the frame that the face takes; false when it takes none.
    private func makeRoom(in picture: Picture) -> Bool {
        var (low, high) = (SIMD2<Float>(repeating: .infinity), SIMD2<Float>(repeating: -.infinity))
        for corner in corners where corner.part > 0 {
            let spot = SIMD2(corner.x, corner.y)
            low = pointwiseMin(low, spot)
            high = pointwiseMax(high, spot)
        }
        guard low.x.isFinite, high.x > 0, high.y > 0, low.x < Float(picture.width), low.y < Float(picture.height) else {
            return false
        }
        // Even, for the sake of chroma.
        let (x, y) = (max(0, Int(low.x) - 2) & ~1, max(0, Int(low.y) - 2) & ~1)
        let (right, bottom) = (min(picture.width, Int(high.x) + 3), min(picture.height, Int(high.y) + 3))
        area = (x, y, right - x, bottom - y)
        guard area.width > 0, area.height > 0 else { return false }
        let count = area.width * area.height
        if luma.count < count {
            luma = [Float](repeating: 0, count: count)
            cover = luma
        }
        for index in 0..<count { cover[index] = 0 }
        return true
    }

    /// Draws the cells, those that lie behind others first: further along the view direction, seen from the sheet.
    private func rasterize(towards view: SIMD3<Float>) {
        let (cells, row) = (HeadSheet.cells, HeadSheet.cells + 1)
        for lineNumber in 0..<cells {
            let line = view.y > 0 ? cells - 1 - lineNumber : lineNumber
            for columnNumber in 0..<cells {
                let column = view.x > 0 ? cells - 1 - columnNumber : columnNumber
                let first = line * row + column
                let (a, b, c, d) = (corners[first], corners[first + 1], corners[first + row], corners[first + row + 1])
                guard a.part + b.part + c.part + d.part > 0 else { continue }
                triangle(a, b, c)
                triangle(b, d, c)
            }
        }
    }

    /// Draws a triangle that faces the camera.
    private func triangle(_ a: Vertex, _ b: Vertex, _ c: Vertex) {
        let double = (b.x - a.x) * (c.y - a.y) - (b.y - a.y) * (c.x - a.x)
        guard double > 1e-6 else { return }
        let (left, top) = (Float(area.x) + 0.5, Float(area.y) + 0.5)
        let firstColumn = max(0, Int((min(a.x, b.x, c.x) - left).rounded(.up)))
        let lastColumn = min(area.width - 1, Int((max(a.x, b.x, c.x) - left).rounded(.down)))
        let firstRow = max(0, Int((min(a.y, b.y, c.y) - top).rounded(.up)))
        let lastRow = min(area.height - 1, Int((max(a.y, b.y, c.y) - top).rounded(.down)))
        guard firstColumn <= lastColumn, firstRow <= lastRow else { return }
        // Neighbours share their edges: a pixel on one is drawn twice rather than never.
        let slack: Float = -1e-4
        texture.withUnsafeBufferPointer { texture in
            luma.withUnsafeMutableBufferPointer { luma in
                cover.withUnsafeMutableBufferPointer { cover in
                    for row in firstRow...lastRow {
                        let y = Float(row) + top
                        for column in firstColumn...lastColumn {
                            let x = Float(column) + left
                            let toB = ((x - a.x) * (c.y - a.y) - (y - a.y) * (c.x - a.x)) / double
                            let toC = ((b.x - a.x) * (y - a.y) - (b.y - a.y) * (x - a.x)) / double
                            let toA = 1 - toB - toC
                            guard toA >= slack, toB >= slack, toC >= slack else { continue }
                            let index = row * area.width + column
                            luma[index] = Self.sample(
                                texture, side, a.u * toA + b.u * toB + c.u * toC, a.v * toA + b.v * toB + c.v * toC)
                            cover[index] = a.part * toA + b.part * toB + c.part * toC
                        }
                    }
                }
            }
        }
    }

    /// Bilinear, with the edge repeated.
    private static func sample(_ texture: UnsafeBufferPointer<UInt8>, _ side: Int, _ u: Float, _ v: Float) -> Float {
        let (x, y) = (min(Float(side - 1), max(0, u)), min(Float(side - 1), max(0, v)))
        let (column, row) = (min(side - 2, Int(x)), min(side - 2, Int(y)))
        let (right, below) = (x - Float(column), y - Float(row))
        let first = row * side + column
        let top = Float(texture[first]) * (1 - right) + Float(texture[first + 1]) * right
        let bottom = Float(texture[first + side]) * (1 - right) + Float(texture[first + side + 1]) * right
        return top * (1 - below) + bottom * below
    }

    /// Mixes what was drawn into the frame.
    private func blend(onto picture: Picture, opacity: Float) {
        let plane = picture.planes[0]
        let (gain, offset): (Float, Float) = picture.fullRange ? (1, 0) : (255.0 / 219, -16 * 255.0 / 219)
        var (weight, drawn, there): (Float, Float, Float) = (1e-6, 0, 0)
        for row in 0..<area.height {
            let samples = plane.samples + (area.y + row) * plane.stride + area.x
            for column in 0..<area.width {
                let part = cover[row * area.width + column]
                weight += part
                drawn += part * luma[row * area.width + column]
                there += part * (Float(samples[column]) * gain + offset)
            }
        }
        // Light multiplies what a skin reflects.
        let light = min(1.7, max(0.15, max(0, there) / max(1, drawn)))
        for row in 0..<area.height {
            let samples = plane.samples + (area.y + row) * plane.stride + area.x
            for column in 0..<area.width {
                let index = row * area.width + column
                let part = min(1, max(0, cover[index])) * opacity
                cover[index] = part
                luma[index] = min(255, luma[index] * light)
                guard part > 0 else { continue }
                let mixed = Float(samples[column]) * (1 - part) + (luma[index] - offset) / gain * part
                samples[column] = UInt8(min(255, max(0, mixed.rounded())))
            }
        }
        let colour = max(Self.colour(of: picture), saturation(of: picture))
        for (number, tone) in [(1, Float(Self.skin.u)), (2, Float(Self.skin.v))] {
            tint(picture.planes[number], tone * colour)
        }
    }

    /// How much colour the whole frame has, 0-1: what is black and white stays so.
    private static func colour(of picture: Picture) -> Float {
        let (first, second) = (picture.planes[1], picture.planes[2])
        var (sum, count) = (0, 0)
        for row in stride(from: 0, to: first.height, by: 8) {
            for column in stride(from: 0, to: first.width, by: 8) {
                sum += abs(Int(first.samples[row * first.stride + column]) - 128)
                sum += abs(Int(second.samples[row * second.stride + column]) - 128)
                count += 1
            }
        }
        return min(1, Float(sum) / Float(max(1, count)) / 2.5)
    }

    /// How strong the colour of the covered place is, along the one tone of skin and beside its full light: films differ in it more than people do.
    private func saturation(of picture: Picture) -> Float {
        let tone = (u: Float(Self.skin.u), v: Float(Self.skin.v))
        let (first, second) = (picture.planes[1], picture.planes[2])
        var (sum, light) = (Float(0), Float(1e-6))
        for row in 0..<area.height / 2 {
            let offset = (area.y / 2 + row) * first.stride + area.x / 2
            let other = (area.y / 2 + row) * second.stride + area.x / 2
            for column in 0..<area.width / 2 {
                let index = 2 * row * area.width + 2 * column
                guard cover[index] > 0.5 else { continue }
                let u = Float(first.samples[offset + column]) - 128
                let v = Float(second.samples[other + column]) - 128
                sum += (u * tone.u + v * tone.v) / (tone.u * tone.u + tone.v * tone.v)
                light += luma[index] / Float(Self.skinLuma)
            }
        }
        return min(Self.mostSaturation, max(0, sum / light))
    }

    private func tint(_ plane: Picture.Plane, _ tone: Float) {
        for row in 0..<area.height / 2 {
            let samples = plane.samples + (area.y / 2 + row) * plane.stride + area.x / 2
            for column in 0..<area.width / 2 {
                let first = 2 * row * area.width + 2 * column
                let below = first + area.width
                let part = (cover[first] + cover[first + 1] + cover[below] + cover[below + 1]) / 4
                guard part > 0 else { continue }
                let light = (luma[first] + luma[first + 1] + luma[below] + luma[below + 1]) / 4
                let skin = 128 + tone * min(1.1, light / Float(Self.skinLuma))
                let mixed = Float(samples[column]) * (1 - part) + skin * part
                samples[column] = UInt8(min(255, max(0, mixed.rounded())))
            }
        }
    }
}
