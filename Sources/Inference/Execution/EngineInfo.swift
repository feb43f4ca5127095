internal import CKernels
internal import COpenBLAS

/// What the networks run on.
public enum EngineInfo {
    /// Gives OpenBLAS its one thread. To be called first thing in a program, before OpenBLAS's own threads have begun to spin;
    /// a session does it too.
    public static func prepare() { BLAS.prepare() }

    /// OpenBLAS's own description, `OpenBLAS 0.3.21 NO_LAPACKE DYNAMIC_ARCH ...`.
    public static var blas: String {
        openblas_get_config().map { String(cString: $0) } ?? "unknown"
    }

    /// The version out of that description.
    public static var blasVersion: String {
        let words = blas.split(separator: " ")
        return words.count > 1 && words[0] == "OpenBLAS" ? String(words[1]) : blas
    }

    /// The kind of processor that OpenBLAS chose its kernels for.
    public static var blasCore: String {
        openblas_get_corename().map { String(cString: $0) } ?? "unknown"
    }

    /// Threads that OpenBLAS uses.
    public static var blasThreads: Int { Int(openblas_get_num_threads()) }

    /// The instruction set that our own kernels use: `avx512`, `avx2`, `neon` or `portable`.
    public static var instructionSet: String {
        nf_isa_name(nf_isa_current()).map { String(cString: $0) } ?? "unknown"
    }
}
