import FaceTracking
import Imaging
import JSON
import Media
import Platform
import Records
import SystemPackage
import TestSupport
import Testing

/// The committed pictures, and the networks that are fetched.
enum Fixture {
    static func json(_ name: String) throws -> JSONValue {
        try JSONValue(parsing: File.read(Paths.fixtures.appending(name)))
    }

    /// A picture as the product reads it.
    static func picture(_ name: String) throws -> VideoFrame { try picture(at: Paths.fixtures.appending(name)) }

    static func picture(at path: FilePath) throws -> VideoFrame {
        try #require(try MediaSource(path.string).next())
    }

    /// Numbers of a JSON array.
    static func floats(_ value: JSONValue?) -> [Float] {
        (value?.array ?? []).compactMap { $0.number.map { Float($0) } }
    }

    static func doubles(_ value: JSONValue?) -> [Double] { (value?.array ?? []).compactMap(\.number) }
}

/// The networks of the front end, which are no part of the repository.
enum FrontEnd {
    static let directory = Paths.package.appending("Models/front-end")
    static let isThere = FrontEndFile.all.allSatisfy { File.exists(directory.appending($0.name)) }
    static let reason: Comment = "needs the networks in Models/front-end (`norface models fetch`)"

    static let faces = Paths.package.appending("Models/norface-faces")

    static func models() throws -> FrontEndModels {
        try FrontEndModels(directory: directory, faces: FaceNetworks(directory: faces))
    }
}
