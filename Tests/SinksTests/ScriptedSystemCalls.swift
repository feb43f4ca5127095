import Platform
import Sinks
import Synchronization
import SystemPackage

/// A small file system in memory whose calls fail as a test demands.
final class ScriptedSystemCalls: SystemCalls {
    /// The calls that can be told to fail.
    enum Call: Hashable {
        case open, close, write, read, sync, syncFolder, truncate, statusOf, statusAt, rename, remove, makeFolder,
            names, poll
    }

    /// What the next call of a kind does instead of succeeding.
    enum Fault {
        case error(Errno)
        /// A write takes only this many bytes.
        case short(Int)
    }

    private struct File {
        var bytes: [UInt8] = []
        var modified: Int64 = 0
        var isSynced = true
    }

    private struct State {
        var files: [UInt64: File] = [:]
        var names: [FilePath: UInt64] = [:]
        var descriptors: [Int32: UInt64] = [:]
        var nextNumber: UInt64 = 1
        var faults: [Call: [Fault]] = [:]
        var calls: [Call] = []
        var space = Int.max
        /// Folders that are not there.
        var missingFolders: Set<FilePath> = []
        var chance: (@Sendable (Call) -> Fault?)?
    }

    private let state = Mutex(State())

    /// Makes the next calls of a kind fail, one fault for each call.
    func script(_ call: Call, _ faults: Fault...) {
        state.withLock { $0.faults[call, default: []] += faults }
    }

    /// Asks `chance` before each call; nil lets it succeed. Nil removes it.
    func disturb(_ chance: (@Sendable (Call) -> Fault?)?) {
        state.withLock { $0.chance = chance }
    }

    /// Leaves this many bytes on the disk.
    func limitSpace(_ bytes: Int) {
        state.withLock { $0.space = bytes }
    }

    /// Puts a file there before the test begins.
    func create(_ path: FilePath, _ text: String, modified: Int64 = 0) {
        state.withLock { state in
            state.names[path] = state.nextNumber
            state.files[state.nextNumber] = File(bytes: Array(text.utf8), modified: modified)
            state.nextNumber += 1
        }
    }

    /// What somebody else does with `mv`.
    func move(_ path: FilePath, to newPath: FilePath) {
        state.withLock { $0.names[newPath] = $0.names.removeValue(forKey: path) }
    }

    /// What somebody else does with `: > file`.
    func empty(_ path: FilePath) {
        state.withLock { state in
            if let number = state.names[path] { state.files[number]?.bytes = [] }
        }
    }

    /// What somebody else does with `rm -r`.
    func removeFolder(_ folder: FilePath) {
        state.withLock { state in
            state.missingFolders.insert(folder)
            for name in state.names.keys where name.removingLastComponent() == folder { state.names[name] = nil }
        }
    }

    func text(_ path: FilePath) -> String? {
        state.withLock { state in
            state.names[path].flatMap { state.files[$0] }.map { String(decoding: $0.bytes, as: UTF8.self) }
        }
    }

    func isSynced(_ path: FilePath) -> Bool? {
        state.withLock { state in state.names[path].flatMap { state.files[$0]?.isSynced } }
    }

    var paths: [FilePath] {
        state.withLock { $0.names.keys.sorted { $0.string < $1.string } }
    }

    var openDescriptors: Int {
        state.withLock { $0.descriptors.count }
    }

    func count(of call: Call) -> Int {
        state.withLock { state in state.calls.filter { $0 == call }.count }
    }

    private func perform<Result>(
        _ call: Call, _ body: (inout State, Fault?) throws(Errno) -> Result
    ) throws(Errno) -> Result {
        try state.withLock { (state) throws(Errno) in
            state.calls.append(call)
            var fault: Fault?
            if state.faults[call]?.isEmpty == false {
                fault = state.faults[call]?.removeFirst()
            } else if let chance = state.chance {
                fault = chance(call)
            }
            if case .error(let error) = fault { throw error }
            return try body(&state, fault)
        }
    }

    func openForAppending(_ path: FilePath, mode: UInt32) throws(Errno) -> Int32 {
        try perform(.open) { (state, _) throws(Errno) in
            guard !state.missingFolders.contains(path.removingLastComponent()) else {
                throw Errno.noSuchFileOrDirectory
            }
            let number = state.names[path] ?? state.nextNumber
            if state.names[path] == nil {
                state.names[path] = number
                state.files[number] = File()
                state.nextNumber += 1
            }
            let descriptor = Int32(10 + state.descriptors.count + state.calls.count)
            state.descriptors[descriptor] = number
            return descriptor
        }
    }

    func close(_ descriptor: Int32) throws(Errno) {
        // A failed close has closed all the same, as in Linux.
        state.withLock { $0.descriptors[descriptor] = nil }
        try perform(.close) { (_, _) throws(Errno) in }
    }

    func write(_ descriptor: Int32, _ bytes: UnsafeRawBufferPointer) throws(Errno) -> Int {
        try perform(.write) { (state, fault) throws(Errno) in
            let number = try file(descriptor, &state)
            var count = bytes.count
            if case .short(let limit) = fault { count = min(count, limit) }
            count = min(count, state.space)
            guard count > 0 || bytes.isEmpty else { throw Errno.noSpace }
            state.space -= state.space == .max ? 0 : count
            state.files[number]!.bytes += bytes[..<count]
            state.files[number]!.isSynced = false
            return count
        }
    }

    func read(
        _ descriptor: Int32, at offset: Int64, into bytes: UnsafeMutableRawBufferPointer
    ) throws(Errno) -> Int {
        try perform(.read) { (state, fault) throws(Errno) in
            let content = state.files[try file(descriptor, &state)]!.bytes.dropFirst(Int(offset))
            var count = min(bytes.count, content.count)
            if case .short(let limit) = fault { count = min(count, limit) }
            bytes.copyBytes(from: content.prefix(count))
            return count
        }
    }

    func synchronize(_ descriptor: Int32) throws(Errno) {
        try perform(.sync) { (state, _) throws(Errno) in
            state.files[try file(descriptor, &state)]!.isSynced = true
        }
    }

    func synchronizeFolder(_ path: FilePath) throws(Errno) {
        try perform(.syncFolder) { (_, _) throws(Errno) in }
    }

    func truncate(_ descriptor: Int32, to size: Int64) throws(Errno) {
        try perform(.truncate) { (state, _) throws(Errno) in
            let number = try file(descriptor, &state)
            let removed = state.files[number]!.bytes.count - Int(size)
            state.files[number]!.bytes.removeLast(removed)
            if state.space != .max { state.space += removed }
        }
    }

    func facts(of descriptor: Int32) throws(Errno) -> FileFacts {
        try perform(.statusOf) { (state, _) throws(Errno) in status(try file(descriptor, &state), state) }
    }

    func facts(at path: FilePath) throws(Errno) -> FileFacts {
        try perform(.statusAt) { (state, _) throws(Errno) in
            guard let number = state.names[path] else { throw Errno.noSuchFileOrDirectory }
            return status(number, state)
        }
    }

    func rename(_ path: FilePath, to newPath: FilePath) throws(Errno) {
        try perform(.rename) { (state, _) throws(Errno) in
            guard state.names[newPath] == nil else { throw Errno.fileExists }
            guard let number = state.names.removeValue(forKey: path) else { throw Errno.noSuchFileOrDirectory }
            state.names[newPath] = number
        }
    }

    func remove(_ path: FilePath) throws(Errno) {
        try perform(.remove) { (state, _) throws(Errno) in
            guard state.names.removeValue(forKey: path) != nil else { throw Errno.noSuchFileOrDirectory }
        }
    }

    func makeFolder(_ path: FilePath, mode: UInt32) throws(Errno) {
        try perform(.makeFolder) { (state, _) throws(Errno) in
            guard !state.missingFolders.contains(path.removingLastComponent()) else {
                throw Errno.noSuchFileOrDirectory
            }
            guard state.missingFolders.remove(path) != nil else { throw Errno.fileExists }
        }
    }

    func names(in folder: FilePath) throws(Errno) -> [String] {
        try perform(.names) { (state, _) throws(Errno) in
            // By text: a FilePath checks itself at each step, which is slow in debug builds.
            let prefix = folder.string + "/"
            return state.names.keys.map(\.string).filter { $0.hasPrefix(prefix) }.map {
                String($0.dropFirst(prefix.count))
            }
        }
    }

    func waitUntilWritable(_ descriptor: Int32, milliseconds: Int32) throws(Errno) {
        try perform(.poll) { (_, _) throws(Errno) in }
    }

    private func file(_ descriptor: Int32, _ state: inout State) throws(Errno) -> UInt64 {
        guard let number = state.descriptors[descriptor] else { throw Errno.badFileDescriptor }
        return number
    }

    private func status(_ number: UInt64, _ state: State) -> FileFacts {
        FileFacts(
            device: 1, inode: number, size: Int64(state.files[number]!.bytes.count),
            modified: state.files[number]!.modified * 1_000_000_000, isRegular: true,
            hasName: state.names.values.contains(number))
    }
}
