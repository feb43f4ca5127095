import Expression
import Glibc
import SystemPackage
import TestSupport
import Testing

/// The bundle that is shipped, for the tests that need whole networks.
enum RealBundle {
    /// Its folder: `NORFACE_BUNDLE`, or `Models/norface-s`; nil when neither is there.
    static let folder: FilePath? = {
        let places = [
            getenv("NORFACE_BUNDLE").map { FilePath(platformString: $0) },
            Paths.package.appending("Models/norface-s"),
        ]
        return places.compactMap { $0 }.first { access($0.appending("bundle.json").string, R_OK) == 0 }
    }()

    static let isThere = folder != nil
    static let absence: Comment = "there is no bundle in Models/norface-s, nor does NORFACE_BUNDLE name one"

    static func load() throws -> ExpressionBundle { try ExpressionBundle(directory: #require(folder)) }
}
