internal import Faces
internal import Glibc
internal import JSON
internal import Platform
internal import Records
internal import SystemPackage

/// A JSON file of neutral baselines.
///
///     {"format": 1, "bundle": "norface-s", "version": "0.1.0", "recording": "interview.mp4",
///      "persons": [{"track": "1", "au": {"AU01": 0.31, ...}, "left": {"AU01": 0.3, ...}, "right": {...}}]}
///
/// A file with one person, or one whose `track` is `*`, is for everybody whom it does not name otherwise; further persons are
/// matched by the id of their track, which says who they are in one recording only. Intensities are the classifier's calibrated ones, so a file belongs to one version of one bundle.
struct BaselineFile: Sendable {
    private static let format = 1
    private static let everybody = "*"

    private let bundle: String
    private let version: String
    private let labels: FaceLabels
    /// What the tracks' ids belong to; nil in a file that was written by hand, whose author answers for them.
    private let recording: String?
    private let persons: [(track: String, values: [Float])]

    /// What is to be written: a baseline in the order of `ChannelLayout` for each track.
    init(bundle: ExpressionBundle, recording: String?, persons: [(track: String, values: [Float])]) {
        self.bundle = bundle.name
        self.recording = recording
        version = bundle.version
        labels = bundle.labels
        self.persons = persons
    }

    /// The baseline of a track, if the file has one for it.
    func values(of track: Int) -> [Float]? {
        let name = "\(track)"
        return persons.first { $0.track == name }?.values ?? anybody?.values
    }

    /// Whether a track's baseline is that of a person who is named by no track, or by another one.
    func isForEverybody(_ track: Int) -> Bool {
        guard let anybody else { return false }
        return persons.count == 1 || anybody.track == Self.everybody && !persons.contains { $0.track == "\(track)" }
    }

    /// Who stands for whoever is not named.
    private var anybody: (track: String, values: [Float])? {
        persons.first { $0.track == Self.everybody } ?? (persons.count == 1 ? persons[0] : nil)
    }

    /// Refuses to tell several persons of one recording by their ids in another one, where these ids are other people's.
    ///
    /// - Throws: `invalidBaseline`.
    func check(_ path: FilePath, recording: String) throws(ExpressionError) {
        guard persons.count > 1, let own = self.recording, own != recording else { return }
        throw ExpressionError(
            .invalidBaseline,
            "\(path) holds the baselines of \(persons.count) persons of \(own) by their track ids, which stand for other people in "
                + "\(recording): leave one person in the file")
    }

    /// Reads a file.
    ///
    /// - Throws: `missingBaseline` and `invalidBaseline`.
    init(path: FilePath, bundle: ExpressionBundle, layout: ChannelLayout) throws(ExpressionError) {
        let text: [UInt8]
        do throws(Errno) {
            text = try FileBytes.read(path, limit: 16 << 20)
        } catch {
            throw ExpressionError(.missingBaseline, "\(path): \(error)")
        }
        let root = try ExpressionField(file: path, text: text, code: .invalidBaseline)
        guard try root.integer("format", in: 0...Int(Int32.max)) == Self.format else {
            throw root.failure("is of a format that this version does not read; it reads format \(Self.format)")
        }
        let (name, version) = (try root.string("bundle"), try root.string("version"))
        guard name == bundle.name, version == bundle.version else {
            throw root.failure(
                "holds baselines of the bundle \(name) \(version), which say nothing of \(bundle.name) \(bundle.version)"
            )
        }
        let recording = try root.optional("recording")?.string()
        var persons: [(track: String, values: [Float])] = []
        for person in try root.array("persons") {
            let track = try person.string("track")
            guard track == Self.everybody || Int(track) != nil else {
                throw person.failure("has the track \"\(track)\", where the id of a track or \"*\" is expected")
            }
            guard !persons.contains(where: { $0.track == track }) else {
                throw person.failure("has the track \"\(track)\" a second time")
            }
            let values =
                try Self.values(person.object("au"), bundle.labels.au)
                + Self.values(person.object("left"), bundle.labels.sides)
                + Self.values(person.object("right"), bundle.labels.sides)
            persons.append((track, values))
        }
        guard !persons.isEmpty else { throw root.failure("holds no persons") }
        self.init(bundle: bundle, recording: recording, persons: persons)
    }

    private static func values(_ field: ExpressionField, _ names: [String]) throws(ExpressionError) -> [Float] {
        var values: [Float] = []
        for name in names {
            let value = try field.number(name)
            guard (0...5).contains(value) else {
                throw field.failure("has \(value) for \(name), where an intensity from 0 to 5 is expected")
            }
            values.append(Float(value))
        }
        return values
    }

    /// The file's text.
    func text(layout: ChannelLayout) -> [UInt8] {
        var writer = JSONWriter()
        writer.beginObject()
        writer.key("format")
        writer.integer(Self.format)
        writer.key("bundle")
        writer.string(bundle)
        writer.key("version")
        writer.string(version)
        if let recording {
            writer.key("recording")
            writer.string(recording)
        }
        writer.key("persons")
        writer.beginArray()
        for (track, values) in persons {
            writer.beginObject()
            writer.key("track")
            writer.string(track)
            for (key, names, start) in [
                ("au", labels.au, 0), ("left", labels.sides, layout.auCount),
                ("right", labels.sides, layout.auCount + layout.sideCount),
            ] {
                writer.key(key)
                writer.beginObject()
                for (index, name) in names.enumerated() {
                    writer.key(name)
                    writer.fixed(values[start + index], decimals: 4)
                }
                writer.endObject()
            }
            writer.endObject()
        }
        writer.endArray()
        writer.endObject()
        writer.endLine()
        return writer.bytes
    }

    /// Writes the file, whole or not at all.
    ///
    /// - Throws: `cannotWrite`.
    func write(to path: FilePath, layout: ChannelLayout) throws(ExpressionError) {
        do {
            try FileBytes.write(text(layout: layout), to: path, mode: 0o644)
        } catch {
            throw ExpressionError(.cannotWrite, "\(path): \(error)")
        }
    }
}
