internal import Glibc

/// The shape of the common person's face as a sheet over a frontal picture of it: how deep each place of the picture lies, and how far it
/// belongs to the face.
///
/// It is a height field: a frontal picture shows no place twice. Coordinates are the canonical head's (`Documentation/Bundle.md`): units of the
/// distance between the eyes' centres, x to the right, y down, z away from the camera, the origin midway between the eyes' centres.
public struct HeadSheet: Sendable {
    /// A corner of the sheet.
    struct Corner {
        /// Where it lies on the head.
        var place: SIMD3<Float>
        /// Where it lies in the picture, 0-1.
        var spot: SIMD2<Float>
        /// How far it belongs to the face, 0-1.
        var part: Float
    }

    /// Cells along each side.
    static let cells = 44
    /// Distances between the eyes to the side of an aligned picture, and where the origin lies in it.
    private static let (scale, origin): (Float, SIMD2<Float>) = (0.34, SIMD2(0.50, 0.33))
    /// The outline of the face in the mesh, in order.
    private static let outline = [
        10, 338, 297, 332, 284, 251, 389, 356, 454, 323, 361, 288, 397, 365, 379, 378, 400, 377, 152, 148, 176, 149,
        150,
        136, 172, 58, 132, 93, 234, 127, 162, 21, 54, 103, 67, 109,
    ]
    /// Over which distance the face fades out at its outline.
    private static let fade: Float = 0.24
    /// A jaw that falls carries the chin below its place: how much lower the outline reaches there.
    private static let jaw: Float = 0.12

    /// (`cells` + 1) squared corners, row by row.
    let corners: [Corner]

    /// Lays the sheet over a head.
    ///
    /// - Parameter points: the 468 landmarks of the canonical head, flat x, y, z.
    public init(points: [Float]) {
        precondition(points.count == 468 * 3, "a head has 468 landmarks")
        let head = (0..<468).map { SIMD3(points[3 * $0], points[3 * $0 + 1], points[3 * $0 + 2]) }
        let outline = Self.outline.map { index in
            let point = head[index]
            return SIMD2(point.x, point.y + Self.jaw * min(1, max(0, (point.y - 0.5) / 0.5)))
        }
        corners = (0..<(Self.cells + 1) * (Self.cells + 1)).map { number in
            let spot = SIMD2(Float(number % (Self.cells + 1)), Float(number / (Self.cells + 1))) / Float(Self.cells)
            let place = (spot - Self.origin) / Self.scale
            let depth = Self.depth(at: place, of: head)
            let part = min(1, max(0, Self.distance(of: place, within: outline) / Self.fade))
            return Corner(
                place: SIMD3(place.x, place.y, depth), spot: spot, part: part * part * (3 - 2 * part))
        }
    }

    /// The depth of the plane that fits the landmarks best about a place (moving least squares), which goes on beyond the outline.
    private static func depth(at place: SIMD2<Float>, of head: [SIMD3<Float>]) -> Float {
        let distances = head.map { point in
            let away = SIMD2(point.x, point.y) - place
            return (away * away).sum()
        }
        // About as wide as the landmarks lie apart here: wider, and the nose becomes flat.
        let deviation = max(0.03, distances.sorted()[4].squareRoot() * 0.4)
        let width = 2 * deviation * deviation
        // The normal equations of z = a + b dx + c dy, with a little that keeps the slopes small where there is nothing to go by.
        var (s, sx, sy, sxx, sxy, syy): (Float, Float, Float, Float, Float, Float) = (1e-9, 0, 0, 1e-4, 0, 1e-4)
        var (z, zx, zy): (Float, Float, Float) = (0, 0, 0)
        for (point, distance) in zip(head, distances) {
            let weight = exp(-distance / width)
            let (dx, dy) = (point.x - place.x, point.y - place.y)
            s += weight
            sx += weight * dx
            sy += weight * dy
            sxx += weight * dx * dx
            sxy += weight * dx * dy
            syy += weight * dy * dy
            z += weight * point.z
            zx += weight * dx * point.z
            zy += weight * dy * point.z
        }
        let (a, b, c) = (sxx * syy - sxy * sxy, sxy * sy - sx * syy, sx * sxy - sxx * sy)
        return (a * z + b * zx + c * zy) / (s * a + sx * b + sy * c)
    }

    /// How far within a polygon a place lies; below zero outside.
    private static func distance(of place: SIMD2<Float>, within polygon: [SIMD2<Float>]) -> Float {
        var isWithin = false
        var nearest = Float.infinity
        var last = polygon[polygon.count - 1]
        for corner in polygon {
            if (corner.y > place.y) != (last.y > place.y),
                place.x < (last.x - corner.x) * (place.y - corner.y) / (last.y - corner.y) + corner.x
            {
                isWithin.toggle()
            }
            let along = corner - last
            let part = min(1, max(0, ((place - last) * along).sum() / (along * along).sum()))
            let away = place - (last + along * part)
            nearest = min(nearest, (away * away).sum().squareRoot())
            last = corner
        }
        return isWithin ? nearest : -nearest
    }
}
