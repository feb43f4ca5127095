internal import Glibc

/// The limits that the system sets to this process (setrlimit(2), `ulimit`).
public enum ResourceLimits {
    /// Bytes of address space below which the programs do not run: 600 MB were too few for a small video, 900 MB were enough.
    static let leastAddressSpace = 1 << 30

    /// A write beyond the greatest size of a file fails from now on, instead of ending the process.
    public static func survive() { signal(SIGXFSZ, SIG_IGN) }

    /// What is wrong with a limit on address space, in words; nil when there is enough of it.
    ///
    /// - Parameter limits: the text of `/proc/self/limits`.
    package static func problem(in limits: String) -> String? {
        let title = "Max address space"
        guard let line = limits.split(separator: "\n").first(where: { $0.hasPrefix(title) }),
            let soft = line.dropFirst(title.count).split(separator: " ").first.flatMap({ Int($0) }),
            soft < leastAddressSpace
        else { return nil }
        return "the limit of address space (ulimit -v) is \(soft >> 20) MiB; \(leastAddressSpace >> 20) MiB are needed"
    }

    /// What is wrong with the limits of this process.
    public static func problem() -> String? {
        let file = open("/proc/self/limits", O_RDONLY | O_CLOEXEC)
        guard file >= 0 else { return nil }
        defer { close(file) }
        var block = [UInt8](repeating: 0, count: 4_096)
        let count = read(file, &block, block.count)
        return problem(in: String(decoding: block.prefix(max(0, count)), as: UTF8.self))
    }
}
