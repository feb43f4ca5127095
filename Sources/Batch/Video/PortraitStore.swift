package import Faces
package import Overlay
package import Pipeline
package import Platform
package import SystemPackage

/// The normalized faces of a recording while it is being made anonymous: where each head stands is kept in memory, the pictures in a file.
///
/// `@unchecked Sendable` because only a pipeline's last stage fills it, and it is read when that has come to its end.
package final class PortraitStore: FaceOutput, @unchecked Sendable {
    /// A face of a frame.
    package struct Key: Hashable {
        /// The number of the frame's record.
        package var sequence: Int
        package var track: Int

        /// Makes a key.
        package init(sequence: Int, track: Int) { (self.sequence, self.track) = (sequence, track) }
    }

    private struct Entry {
        var offset: Int64
        var count: Int
        var portrait: Portrait
    }

    private let path: FilePath
    private let file: FileDescriptor
    private var entries: [Key: Entry] = [:]
    private var end: Int64 = 0

    /// Makes the file.
    ///
    /// - Throws: `Failure` when it cannot be made.
    package init(_ path: FilePath) throws(Failure) {
        self.path = path
        do {
            file = try FileDescriptor.open(
                path, .readWrite, options: [.create, .truncate, .closeOnExec],
                permissions: FilePermissions(rawValue: 0o600))
        } catch {
            throw Failure(.cannotCreate, "cannot make \(path): \(error)")
        }
    }

    deinit { try? file.close() }

    package func take(_ frame: borrowing FaceFrame) throws {
        for face in frame.faces where !face.normalized.isEmpty {
            let opacity = Self.opacity(of: face)
            guard opacity > 0 else { continue }
            let portrait = Portrait(
                picture: [], eyes: Spot(Double(face.eyes.x), Double(face.eyes.y)), distance: Double(face.eyes.distance),
                pitch: Double(face.pose.pitch), yaw: Double(face.pose.yaw), roll: Double(face.pose.roll),
                squareScale: frame.squareScale, opacity: opacity)
            do {
                _ = try file.writeAll(toAbsoluteOffset: end, face.normalized)
            } catch {
                throw Failure(.inputOutput, "cannot write \(path): \(error)")
            }
            entries[Key(sequence: frame.sequence, track: face.track)] = Entry(
                offset: end, count: face.normalized.count, portrait: portrait)
            end += Int64(face.normalized.count)
        }
    }

    /// How far a face is seen well enough for another to be put in its place, 0-1: surely a face, turned little, not too small, not mostly hidden.
    package static func opacity(of face: borrowing Face) -> Double {
        func ramp(_ value: Float, none: Float, full: Float) -> Double {
            Double(min(1, max(0, (value - none) / (full - none))))
        }
        let visible = face.visible.isEmpty ? 1 : face.visible.reduce(0, +) / Float(face.visible.count)
        let parts = [
            ramp(abs(face.pose.yaw), none: 52, full: 40), ramp(abs(face.pose.pitch), none: 42, full: 30),
            ramp(face.score, none: 0.5, full: 0.8), ramp(face.eyes.distance, none: 6, full: 9),
            ramp(visible, none: 0.3, full: 0.5),
        ]
        return parts.min() ?? 0
    }

    /// Whether there is a portrait of a face.
    package func has(_ key: Key) -> Bool { entries[key] != nil }

    /// The portrait of a face; nil where there is none.
    ///
    /// - Throws: `Failure` when it cannot be read.
    package func portrait(_ key: Key) throws(Failure) -> Portrait? {
        guard let entry = entries[key] else { return nil }
        var portrait = entry.portrait
        var isWhole = true
        do {
            portrait.picture = try [UInt8](unsafeUninitializedCapacity: entry.count) { buffer, count in
                while count < entry.count {
                    let rest = UnsafeMutableRawBufferPointer(
                        rebasing: UnsafeMutableRawBufferPointer(buffer)[count..<entry.count])
                    let read = try file.read(fromAbsoluteOffset: entry.offset + Int64(count), into: rest)
                    if read == 0 { break }
                    count += read
                }
                isWhole = count == entry.count
            }
        } catch {
            throw Failure(.inputOutput, "cannot read \(path): \(error)")
        }
        guard isWhole else { throw Failure(.inputOutput, "cannot read \(path): it has become shorter") }
        return portrait
    }
}
