internal import Glibc
public import Media
public import Records

/// Draws what records say of faces onto the pictures that they are of.
public struct FaceOverlay: Sendable {
    /// What can be drawn.
    public enum Part: String, Sendable, CaseIterable {
        /// The box about the face, in dashes while it is not certain who it is.
        case box
        /// The number of the track, with what emotion is read.
        case label
        /// The landmarks, where the records have them (`--landmarks`).
        case landmarks
        /// Where the eyes look.
        case gaze
        /// Bars of the strongest units, and what is hidden.
        case units
        /// The time of the frame, and markers.
        case time
    }

    /// The names of the records' values.
    public let labels: RecordLabels
    private let parts: Set<Part>
    private let unitCount: Int
    private let font: StrokeFont
    /// Width of a thin line in pixels.
    private let stroke: Double

    /// An overlay for pictures of a size.
    ///
    /// - Parameters:
    ///   - labels: the names of the records' values.
    ///   - units: bars at a face at most.
    public init(labels: RecordLabels, width: Int, height: Int, parts: Set<Part>, units: Int) {
        self.labels = labels
        self.parts = parts
        unitCount = units
        // A fortieth of the shorter side can be read on any screen, and no letter with capitals of less than seven pixels.
        font = StrokeFont(size: max(7, Double(min(width, height)) / 42))
        stroke = max(1, font.size / 6)
    }

    /// Draws a record; without one, that the frame was not analysed.
    ///
    /// - Parameter time: seconds of the recording.
    public func draw(_ record: FrameRecord?, time: Double, on picture: Picture) {
        let brush = Brush(picture)
        for face in record?.faces ?? [] { draw(face, on: picture, brush) }
        guard parts.contains(.time) else { return }
        var lines = record?.markers.map { "* \($0)" } ?? []
        lines.append(Self.clock(time) + (record == nil ? "  not analysed" : record!.isDamaged ? "  damaged" : ""))
        let height = Double(lines.count) * font.lineHeight + font.size * 0.6
        let width = (lines.map { font.width(of: $0) }.max() ?? 0) + font.size * 1.6
        let corner = Spot(0, Double(picture.height) - height)
        brush.rectangle(corner, Spot(width, height), .black, alpha: 0.55)
        for (number, line) in lines.enumerated() {
            font.draw(
                line, at: corner + Spot(font.size * 0.8, font.size * 0.6 + Double(number) * font.lineHeight), .white,
                with: brush)
        }
    }

    private func draw(_ face: FaceRecord, on picture: Picture, _ brush: Brush) {
        let ink = Ink.palette[abs(face.track) % Ink.palette.count]
        let corner = Spot(Double(face.box.0), Double(face.box.1))
        let size = Spot(Double(face.box.2), Double(face.box.3))
        if parts.contains(.box) {
            brush.frame(corner, size, width: stroke * 1.5, ink, isDashed: !face.certain)
        }
        if parts.contains(.landmarks) {
            for index in stride(from: 0, to: face.landmarks.count - 1, by: 2) {
                let spot = Spot(Double(face.landmarks[index]), Double(face.landmarks[index + 1]))
                brush.disc(spot, radius: stroke * 0.8, ink)
            }
        }
        if parts.contains(.gaze), let gaze = face.gaze { draw(gaze, of: face, corner, size, ink, brush) }
        if parts.contains(.label) { drawLabel(of: face, corner, size, ink, on: picture, brush) }
        if parts.contains(.units) { drawUnits(of: face, corner, size, ink, on: picture, brush) }
    }

    /// An arrow from each eye: sideways and up as far as the eyes are turned.
    private func draw(_ gaze: GazeRecord, of face: FaceRecord, _ corner: Spot, _ size: Spot, _ ink: Ink, _ brush: Brush)
    {
        // Where eyes are in an upright face's box, turned with the head.
        let roll = Double(face.roll) * .pi / 180
        let middle = corner + size / 2
        let length = max(size.x, size.y) * 0.55
        for (eye, side) in [(gaze.right, -1.0), (gaze.left, 1.0)] {
            let turned = eye ?? gaze.joint
            let offset = Spot(side * size.x * 0.19, -size.y * 0.14)
            let start =
                middle
                + Spot(
                    offset.x * cos(roll) - offset.y * sin(roll), offset.x * sin(roll) + offset.y * cos(roll))
            let direction = Spot(
                sin(Double(turned.yaw) * .pi / 180), -sin(Double(turned.pitch) * .pi / 180))
            let end = start + direction * length
            brush.line(start, end, width: stroke * 2.6, .black, alpha: 0.6)
            brush.line(start, end, width: stroke * 1.3, ink)
            brush.disc(end, radius: stroke * 2, ink)
        }
    }

    private func drawLabel(
        of face: FaceRecord, _ corner: Spot, _ size: Spot, _ ink: Ink, on picture: Picture, _ brush: Brush
    ) {
        var text = "\(face.track)\(face.certain ? "" : "?")"
        if labels.emotions.indices.contains(face.emotion), face.emotions.indices.contains(face.emotion) {
            let share = face.emotions[face.emotion]
            if share.isFinite { text += " \(labels.emotions[face.emotion]) \(Int((share * 100).rounded()))%" }
        }
        if face.speaking > 0.5 { text += " speaks" }
        let box = Spot(font.width(of: text) + font.size, font.size * 1.9)
        let place = keep(Spot(corner.x, corner.y - box.y - stroke), box, in: picture)
        brush.rectangle(place, box, .black, alpha: 0.65)
        font.draw(text, at: place + Spot(font.size / 2, font.size * 0.4), ink, with: brush)
    }

    /// Bars from 0 to 5 beside the face, the strongest first; those that count as present are filled in the face's own colour.
    private func drawUnits(
        of face: FaceRecord, _ corner: Spot, _ size: Spot, _ ink: Ink, on picture: Picture, _ brush: Brush
    ) {
        let strongest = labels.au.indices.filter { $0 < face.au.count && face.au[$0] >= 0.15 }
            .sorted { face.au[$0] > face.au[$1] }.prefix(unitCount)
        let hidden = Self.hidden(face.visible)
        guard !strongest.isEmpty || !hidden.isEmpty else { return }
        let name = font.width(of: "AU00 ") + font.size * 0.9
        let bar = font.size * 4.2
        let lines = hidden.map { "hidden: \($0)" }
        let width = max(name + bar + font.size * 0.4, (lines.map { font.width(of: $0) }.max() ?? 0) + font.size)
        let box = Spot(width, Double(strongest.count + lines.count) * font.lineHeight + font.size * 0.5)
        var place = Spot(corner.x + size.x + stroke * 3, corner.y)
        if place.x + box.x > Double(picture.width) { place.x = corner.x - box.x - stroke * 3 }
        place = keep(place, box, in: picture)
        brush.rectangle(place, box, .black, alpha: 0.55)
        var line = place + Spot(font.size * 0.4, font.size * 0.5)
        for index in strongest {
            font.draw(labels.au[index], at: line, .white, with: brush)
            let start = Spot(place.x + name, line.y)
            brush.rectangle(start, Spot(bar, font.size), .white, alpha: 0.18)
            let isPresent = index < face.present.count && face.present[index]
            let share = min(1, Double(face.au[index]) / 5)
            brush.rectangle(start, Spot(bar * share, font.size), isPresent ? ink : .white, alpha: isPresent ? 1 : 0.6)
            line.y += font.lineHeight
        }
        for text in lines {
            font.draw(text, at: line, .white, with: brush)
            line.y += font.lineHeight
        }
    }

    /// Parts of the face of which neither side can be seen, or one, in words.
    private static func hidden(_ visible: [Float]) -> [String] {
        guard visible.count == FaceRecord.regions.count else { return [] }
        return stride(from: 0, to: visible.count, by: 2).compactMap { index in
            let part = FaceRecord.regions[index].split(separator: "_")[0]
            switch (visible[index] < 0.5, visible[index + 1] < 0.5) {
            case (true, true): return String(part)
            case (true, false): return "left \(part)"
            case (false, true): return "right \(part)"
            case (false, false): return nil
            }
        }
    }

    /// Moves a box into the picture.
    private func keep(_ corner: Spot, _ size: Spot, in picture: Picture) -> Spot {
        Spot(
            max(0, min(corner.x, Double(picture.width) - size.x)),
            max(0, min(corner.y, Double(picture.height) - size.y)))
    }

    /// 0:01:23.4.
    private static func clock(_ seconds: Double) -> String {
        guard seconds.isFinite, abs(seconds) < 1e12 else { return "?" }
        let tenths = Int((max(0, seconds) * 10).rounded(.down))
        let (hours, minutes) = (tenths / 36_000, tenths / 600 % 60)
        let rest = tenths % 600
        func two(_ number: Int) -> String { number < 10 ? "0\(number)" : "\(number)" }
        return "\(hours):\(two(minutes)):\(two(rest / 10)).\(rest % 10)"
    }
}
