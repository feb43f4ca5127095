internal import Glibc
internal import SystemPackage

/// What of the machine this process may use: less than there is where an affinity or a control group says so.
public enum MachineShare {
    /// Processor cores, at least one.
    public static var cores: Int {
        let online = max(1, Int(sysconf(Int32(_SC_NPROCESSORS_ONLN))))
        let allowed = text("/proc/self/status").flatMap(allowedCores) ?? online
        let granted = groups.compactMap { text($0.appending("cpu.max")).flatMap { quota($0) } }.min()
        return max(1, min(online, allowed, granted.map { Int($0.rounded(.up)) } ?? online))
    }

    /// Bytes of memory that can be had without swapping; nil when it cannot be told.
    public static var memory: Int64? {
        let machine = text("/proc/meminfo").flatMap { field("MemAvailable", of: $0) }.map { $0 << 10 }
        let own = groups.compactMap { group -> Int64? in
            guard let limit = text(group.appending("memory.max")).flatMap({ Int64(trimmed($0)) }) else { return nil }
            let used = text(group.appending("memory.current")).flatMap { Int64(trimmed($0)) } ?? 0
            return max(0, limit - used)
        }
        return ([machine].compactMap { $0 } + own).min()
    }

    /// Cores in the mask of `/proc/self/status`; nil when there is none.
    package static func allowedCores(_ status: String) -> Int? {
        guard let line = status.split(separator: "\n").first(where: { $0.hasPrefix("Cpus_allowed:") }) else {
            return nil
        }
        let count = line.dropFirst("Cpus_allowed:".count).reduce(0) { $0 + ($1.hexDigitValue?.nonzeroBitCount ?? 0) }
        return count > 0 ? count : nil
    }

    /// Cores that `cpu.max` allows; nil when it sets no limit.
    package static func quota(_ text: String) -> Double? {
        let words = text.split(whereSeparator: \.isWhitespace).map { Double($0) }
        guard words.count == 2, let quota = words[0], let period = words[1], period > 0 else { return nil }
        return quota / period
    }

    /// A number of `/proc/meminfo`.
    package static func field(_ name: String, of text: String) -> Int64? {
        guard let line = text.split(separator: "\n").first(where: { $0.hasPrefix(name + ":") }) else { return nil }
        return line.split(whereSeparator: \.isWhitespace).dropFirst().first.flatMap { Int64($0) }
    }

    /// The control groups (version 2) that this process is in, the innermost first.
    private static var groups: [FilePath] {
        let root: FilePath = "/sys/fs/cgroup"
        let own = text("/proc/self/cgroup")?.split(separator: "\n").first { $0.hasPrefix("0::/") }?.dropFirst(4) ?? ""
        var path = root.appending(String(own))
        var groups = [path]
        while path != root, path.removeLastComponent(), path.starts(with: root) { groups.append(path) }
        return groups
    }

    private static func trimmed(_ text: String) -> String { String(text.filter { !$0.isWhitespace }) }

    /// A file of the kernel's, which has no length.
    private static func text(_ path: FilePath) -> String? {
        guard let file = try? FileDescriptor.open(path, .readOnly, options: .closeOnExec) else { return nil }
        defer { try? file.close() }
        var block = [UInt8](repeating: 0, count: 1 << 16)
        guard let count = try? block.withUnsafeMutableBytes({ try file.read(into: $0) }) else { return nil }
        return String(decoding: block[..<count], as: UTF8.self)
    }
}
