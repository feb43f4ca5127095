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
        // CPU time of all threads; getrusage's timeval is not visible in an optimised build.
        var time = timespec()
        if clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time) == 0 {
            facts.cpuSeconds = Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
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
