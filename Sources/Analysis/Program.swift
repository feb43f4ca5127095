internal import CAllocator
internal import Inference
internal import Media
internal import Platform

/// What the programs say of themselves.
public enum Program {
    /// The version of norface and norfaced.
    public static let version = "0.1.0"

    /// Names and versions of the libraries that the program runs with, for sidecars.
    public static var versions: [(name: String, version: String)] {
        LibavVersions.all + [("openblas", EngineInfo.blasVersion)]
    }

    /// What `--version` prints.
    public static func versionText(_ name: String) -> String {
        let libav = LibavVersions.all.map { "\($0.name) \($0.version)" }.joined(separator: ", ")
        return """
            \(name) \(version)
            FFmpeg \(LibavVersions.release) (\(libav))
            \(EngineInfo.blas) on \(EngineInfo.blasCore), kernels for \(EngineInfo.instructionSet)
            """
    }

    /// What has to be done before anything else.
    public static func prepare() {
        ResourceLimits.survive()
        if let problem = ResourceLimits.problem() { Failure(.unavailable, problem).end() }
        nf_tame_allocator()
        ProcessTitle.hidePasswords()
        EngineInfo.prepare()
    }
}
