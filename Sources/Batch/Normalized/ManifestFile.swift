internal import Faces
internal import Glibc
internal import Media
internal import Platform
internal import Records
internal import SystemPackage

/// The table of what normalized faces are: a row a face and frame (RFC 4180).
///
/// It stands under a name of its own until it is closed, so that a manifest is always whole.
final class ManifestFile {
    /// The first row.
    static let header =
        "input,frame,time,person,certain,quality,x,y,width,height,pitch,yaw,roll,file,bundle\n"
    /// Bytes that are written at once.
    private static let room = 1 << 16

    private let path: FilePath
    private let part: FilePath
    private var file: FileDescriptor?
    private var rows: [UInt8] = []

    init(_ path: FilePath) {
        self.path = path
        part = path.adding(".part")
        rows.reserveCapacity(Self.room + 1024)
    }

    deinit { try? file?.close() }

    /// Begins it.
    ///
    /// - Throws: `Failure` when it cannot be made.
    func open() throws(Failure) {
        do {
            file = try FileDescriptor.open(
                part, .writeOnly, options: [.create, .truncate, .closeOnExec],
                permissions: FilePermissions(rawValue: 0o666))
        } catch {
            throw Failure(.cannotCreate, "cannot make \(path): \(error)")
        }
        rows += Array(Self.header.utf8)
    }

    /// Adds a row.
    ///
    /// - Throws: `Failure` when it cannot be written.
    func add(input: String, timing: VideoFrame.Timing, face: Face, file: String, bundle: String) throws(Failure) {
        rows += SummaryColumns.cell(input).utf8
        rows += ",\(timing.index),".utf8
        if timing.pts.isFinite { rows.appendFixed(timing.pts, decimals: 6) }
        rows += ",\(face.track),\(face.certain ? 1 : 0)".utf8
        let box = face.box
        let numbers: [(Float, Int)] = [
            (face.quality, 2), (box.x, 1), (box.y, 1), (box.width, 1), (box.height, 1), (face.pose.pitch, 1),
            (face.pose.yaw, 1), (face.pose.roll, 1),
        ]
        for (value, decimals) in numbers {
            rows.append(UInt8(ascii: ","))
            if value.isFinite { rows.appendFixed(Double(value), decimals: decimals) }
        }
        rows += ",\(SummaryColumns.cell(file)),\(bundle)\n".utf8
        if rows.count >= Self.room { try flush() }
    }

    /// Writes what is left and gives it its name.
    ///
    /// - Throws: `Failure` when it cannot be written.
    func close() throws(Failure) {
        try flush()
        do {
            try file?.close()
            file = nil
            try part.move(to: path)
        } catch {
            throw Failure(.cannotCreate, "cannot write \(path): \(error)")
        }
    }

    /// Leaves no file behind.
    func discard() { _ = part.withPlatformString { unlink($0) } }

    private func flush() throws(Failure) {
        do {
            _ = try file?.writeAll(rows)
        } catch {
            throw Failure(.inputOutput, "cannot write \(path): \(error)")
        }
        rows.removeAll(keepingCapacity: true)
    }
}
