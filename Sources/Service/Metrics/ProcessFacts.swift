internal import Glibc
internal import SystemPackage

/// What the system says of this process.
struct ProcessFacts: Equatable {
    var cpuSeconds = 0.0
    var residentBytes = 0
    var descriptors = 0
    var threads = 0

    /// Asks now. What cannot be had is 0: `ProcSubset=pid` leaves these files readable.
    static func now() -> ProcessFacts {
        var facts = ProcessFacts()
        // Fields 14 and 15, user and system time in ticks, counted behind the name, which may hold anything. (The types of
        // getrusage and clock_gettime are not visible to an optimised build of this module.)
        let fields = text("/proc/self/stat").split(separator: ")").last?.split(separator: " ") ?? []
        if fields.count > 12, let user = Double(fields[11]), let system = Double(fields[12]) {
            facts.cpuSeconds = (user + system) / Double(max(1, sysconf(Int32(_SC_CLK_TCK))))
        }
        for line in text("/proc/self/status").split(separator: "\n") {
            let number = line.split { !$0.isNumber }.last.flatMap { Int($0) } ?? 0
            if line.hasPrefix("VmRSS:") { facts.residentBytes = number << 10 }
            if line.hasPrefix("Threads:") { facts.threads = number }
        }
        if let folder = opendir("/proc/self/fd") {
            // Without "." and "..", and without the descriptor that reads the folder.
            var count = -3
            while readdir(folder) != nil { count += 1 }
            closedir(folder)
            facts.descriptors = count
        }
        return facts
    }

    private static func text(_ path: FilePath) -> String {
        guard let file = try? FileDescriptor.open(path, .readOnly, options: [.closeOnExec]) else { return "" }
        defer { try? file.close() }
        var block = [UInt8](repeating: 0, count: 16_384)
        let count = (try? block.withUnsafeMutableBytes { try file.read(into: $0) }) ?? 0
        return String(decoding: block[..<count], as: UTF8.self)
    }
}
