internal import Platform

/// How many inputs are analysed side by side.
public enum JobCount {
    /// Cores that one recording keeps busy: tracking and networks side by side, which wait for each other, and the decoder between them.
    static let coresEach = 1.5
    /// Memory of one recording beside what all share: of 4K it was measured as 121 MiB, of 360 lines as 19.
    static let memoryEach: Int64 = 384 << 20

    /// What the machine has room for.
    public static var standard: Int { count(cores: MachineShare.cores, memory: MachineShare.memory) }

    /// As many as keep the cores busy and the memory holds; at least one.
    package static func count(cores: Int, memory: Int64?) -> Int {
        let room = memory.map { Int($0 / memoryEach) } ?? .max
        return max(1, min(Int((Double(cores) / coresEach).rounded(.up)), room))
    }
}
