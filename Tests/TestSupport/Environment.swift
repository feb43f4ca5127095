import Glibc
import Platform
public import SystemPackage

/// What the surroundings of a test run offer.
public enum Environment {
    /// An environment variable; nil when it is not set or empty.
    public static func value(_ name: String) -> String? {
        guard let text = getenv(name).map({ String(cString: $0) }), !text.isEmpty else { return nil }
        return text
    }

    /// The folder of real clips and photographs, which are no part of the repository: `NORFACE_SHARED_DATA`, or `shared/data` near the
    /// checkout; nil when there is none.
    public static let sharedData: FilePath? = {
        if let named = value("NORFACE_SHARED_DATA") { return FilePath(named) }
        let parent = Paths.package.removingLastComponent()
        return [parent, parent.removingLastComponent()].map { $0.appending("shared/data") }.first(where: File.exists)
    }()
}

/// How the tests were built.
public enum Build {
    /// Whether the optimiser was at work. Without it Swift makes boxes for closures and copies of its own.
    public static let isOptimized: Bool = {
        #if DEBUG
            false
        #else
            true
        #endif
    }()

    /// Whether a sanitizer watches (`Scripts/sanitize`): it maps more memory than limits of a test may leave.
    public static let isSanitized = Environment.value("NORFACE_SANITIZER") != nil

    /// Why tests that need it are passed over.
    public static let reason = "allocations are counted in optimised builds (-c release)"
}

extension File {
    /// True when there is a file or folder at the path.
    public static func exists(_ path: FilePath) -> Bool { access(path.string, F_OK) == 0 }
}
