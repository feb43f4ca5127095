public import Records

/// How a file of records is written.
public struct FileSinkOptions: Sendable, Equatable {
    /// The lines that are for it: records, or in a file of events these.
    public var takes = EncodedLine.Kind.record
    /// No record is held back longer than this before it is written.
    public var flushInterval: Duration
    /// When the file is forced to the disk.
    public var sync: SyncPolicy
    /// When a new file is begun.
    public var rotation: RotationLimits
    /// Permissions of a new file, before the process's umask.
    public var mode: UInt32
    /// What happens when `capacity` bytes wait for a disk that does not take them.
    public var overflow: OverflowPolicy
    /// Bytes that may wait.
    public var capacity: Int
    /// How often it is looked whether the file was moved; zero never.
    public var moveCheckInterval: Duration

    /// Makes options; the defaults are those of the daemon.
    public init(
        flushInterval: Duration = .seconds(1), sync: SyncPolicy = .interval(.seconds(5)),
        rotation: RotationLimits = RotationLimits(), mode: UInt32 = 0o640, overflow: OverflowPolicy = .dropNewest,
        capacity: Int = 8 << 20, moveCheckInterval: Duration = .seconds(2)
    ) {
        self.flushInterval = flushInterval
        self.sync = sync
        self.rotation = rotation
        self.mode = mode
        self.overflow = overflow
        self.capacity = capacity
        self.moveCheckInterval = moveCheckInterval
    }
}

/// What a full queue does with one more line.
public enum OverflowPolicy: Sendable, Equatable {
    /// The producer waits: nothing is lost, and a slow output slows it down. For files that are analysed.
    case wait
    /// The new line is dropped and counted: the producer never waits. For live sources.
    case dropNewest
}
