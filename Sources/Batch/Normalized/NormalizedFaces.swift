internal import Faces
internal import Imaging
internal import Media
internal import Pipeline
internal import Platform
internal import SystemPackage

/// Writes the normalized faces of one input after the other, and the manifest.
///
/// `@unchecked Sendable` because an input is begun before its pipeline is, and ended when that has come to its end; between the two only the
/// pipeline's last stage calls.
final class NormalizedFaces: FaceOutput, @unchecked Sendable {
    private let folder: FilePath
    private let options: NormalizeRun.Options
    private let bundle: String
    private let manifest: ManifestFile
    private var input = ""
    private var place: FilePath
    private var people: [Int: Person] = [:]
    private var resampler: Resampler?
    private var picture: [UInt8] = []
    private var encoder: StillEncoder?
    private var counts = (pictures: 0, people: 0)
    /// Why nothing more can be written.
    private(set) var problem: Failure?

    /// What is kept of a person of the input.
    private struct Person {
        var path: FilePath
        /// `path` below the folder of all.
        var name: String
        var video: (writer: VideoWriter, picture: Picture, line: TimeLine, start: Double)?
    }

    init(folder: FilePath, options: NormalizeRun.Options, bundle: String) {
        self.folder = folder
        self.options = options
        self.bundle = bundle
        place = folder
        manifest = ManifestFile(folder.appending("manifest.csv"))
    }

    /// Begins the manifest.
    ///
    /// - Throws: `Failure` when it cannot be made.
    func open() throws(Failure) { try manifest.open() }

    /// Gives the manifest its name.
    ///
    /// - Throws: `Failure` when it cannot be written.
    func close() throws(Failure) { try manifest.close() }

    /// Leaves no manifest behind.
    func discard() { manifest.discard() }

    /// Whether nothing was written.
    var isEmpty: Bool { counts.pictures == 0 }

    /// Begins an input.
    ///
    /// - Parameter folder: what is written of it goes there.
    func begin(input: String, folder: FilePath) {
        (self.input, place) = (input, folder)
        people.removeAll()
    }

    /// Ends an input: its videos become whole.
    ///
    /// - Throws: `Failure` when they cannot be written.
    func end() throws(Failure) {
        counts.people += people.count
        for person in people.values { try person.video?.writer.finish() }
        for index in people.keys { people[index]?.video = nil }
    }

    /// Whether the input has a face that was written.
    var hasFaces: Bool { !people.isEmpty }

    /// What was done, for people.
    var summary: String {
        "\(counts.pictures) normalized faces of \(counts.people) people in \(folder)"
    }

    func take(_ frame: borrowing FaceFrame) throws {
        for face in frame.faces where face.quality >= options.minimumQuality && !face.normalized.isEmpty {
            do throws(Failure) {
                try write(face, frame.timing)
            } catch {
                problem = error
                throw error
            }
        }
    }

    private func write(_ face: Face, _ timing: VideoFrame.Timing) throws(Failure) {
        let side = fit(face.normalized)
        if people[face.track] == nil { people[face.track] = try begin(face.track) }
        guard let person = people[face.track] else { return }
        var name = person.name
        switch options.format {
        case .png, .jpg:
            let digits = "\(max(0, timing.index))"
            let file = String(repeating: "0", count: max(0, 6 - digits.count)) + digits + ".\(options.format.rawValue)"
            if encoder == nil {
                encoder = try StillEncoder(options.format == .png ? .png : .jpg, width: side, height: side)
            }
            let bytes = try encoder?.encode(picture) ?? []
            let path = person.path.appending(file)
            do throws(Errno) {
                try FileBytes.write(bytes, to: path)
            } catch {
                throw Failure(.inputOutput, "cannot write \(path): \(error)")
            }
            name += "/" + file
        case .mp4: try film(face.track, person, timing, side)
        }
        counts.pictures += 1
        try manifest.add(
            input: input, timing: timing, face: face, file: name, bundle: bundle)
    }

    /// The picture of the size that is wanted, in `picture`.
    private func fit(_ normalized: [UInt8]) -> Int {
        let own = Int(Double(normalized.count).squareRoot())
        // Video has no odd sides.
        let side = options.size ?? (options.format == .mp4 ? own & ~1 : own)
        if resampler?.from != own { resampler = Resampler(from: own, to: side) }
        if own == side { picture = normalized } else { resampler?.resample(normalized, into: &picture) }
        return side
    }

    private func begin(_ track: Int) throws(Failure) -> Person {
        let isVideo = options.format == .mp4
        let path = place.appending("person-\(track)\(isVideo ? ".mp4" : "")")
        do throws(OutputProblem) {
            try OutputFile.makeFolder(isVideo ? place : path)
        } catch {
            throw error.failure
        }
        var relative = path
        return Person(path: path, name: relative.removePrefix(folder) ? relative.string : path.string)
    }

    private func film(_ track: Int, _ person: Person, _ timing: VideoFrame.Timing, _ side: Int) throws(Failure) {
        var person = person
        if person.video == nil {
            let picture = try Picture(width: side, height: side)
            picture.copy(grey: self.picture)
            var options = VideoWriter.Options()
            // What players are told; the times of the frames count.
            options.rate = 30
            options.threads = 1
            let writer = try VideoWriter(person.path, like: picture, options: options)
            person.video = (writer, picture, TimeLine(), timing.pts)
        }
        person.video?.picture.copy(grey: picture)
        let time = person.video?.line.time(pts: timing.pts, epoch: timing.epoch, interval: 0.04) ?? 0
        if let video = person.video { try video.writer.write(video.picture, at: time - video.start) }
        people[track] = person
    }
}
