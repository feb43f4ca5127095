package import Platform
package import SystemPackage

/// A file that is repaired, synced, rotated, reopened when moved and tried again when it fails.
///
/// The policies decide, `LineFile` does, this joins them. Time comes from outside.
package final class FileOutput<Calls: SystemCalls>: LineOutput {
    private let path: FilePath
    private let folder: FilePath
    private let rotated: RotatedNames
    private let options: FileSinkOptions
    private let calls: Calls
    private var file: LineFile<Calls>?
    private var rotation: RotationPolicy
    private var retry = RetryPolicy()
    private var rotationRetry = RetryPolicy()
    private var syncDeadline: MonotonicTime?
    private var moveDeadline: MonotonicTime?
    /// The path leads to the open file no more, and no new one could be had: what is written is where nobody looks for it.
    private var isDisplaced = false
    package private(set) var status = SinkStatus()

    /// Opens the file.
    ///
    /// - Throws: if it cannot be opened; later failures are counted and retried instead.
    package init(path: FilePath, options: FileSinkOptions, calls: Calls, now: MonotonicTime) throws(Errno) {
        self.path = path
        folder = path.folder
        rotated = RotatedNames(path: path)
        self.options = options
        self.calls = calls
        rotation = RotationPolicy(limits: options.rotation)
        adopt(try LineFile(path: path, mode: options.mode, calls: calls), now: now)
    }

    package func write(_ bytes: UnsafeRawBufferPointer, now: MonotonicTime, wall: Int64) -> Int {
        var done = 0
        while done < bytes.count, retry.mayTry(at: now), let file = openFile(now: now) {
            let rest = UnsafeRawBufferPointer(rebasing: bytes[done...])
            let first = (rest.firstIndex(of: UInt8(ascii: "\n")) ?? rest.count - 1) + 1
            if rotation.mustRotate(before: first, wall: wall), rotationRetry.mayTry(at: now) {
                rotate(file, now: now, wall: wall)
                continue
            }
            let batch = UnsafeRawBufferPointer(rebasing: rest[..<portion(of: rest, atLeast: first)])
            done += append(batch, to: file, now: now, wall: wall)
        }
        return done
    }

    package func maintain(now: MonotonicTime, wall: Int64) {
        if let syncDeadline, now >= syncDeadline { synchronize(now: now) }
        if let moveDeadline, now >= moveDeadline {
            self.moveDeadline = now + options.moveCheckInterval
            guard let file else { return }
            if file.hasMoved() {
                reopen(now: now)
            } else if let size = file.currentSize() {
                // Somebody may have emptied the file under us (logrotate's copytruncate).
                rotation.resized(to: size)
            }
        }
    }

    package func reopen(now: MonotonicTime) {
        do throws(Errno) {
            // The new one first: if it cannot be had, the old one goes on taking lines.
            let new = try open()
            synchronize(now: now)
            file = nil
            adopt(new, now: now)
            status.reopens += 1
            status.isHealthy = true
        } catch {
            note(error)
            isDisplaced = file?.hasMoved() ?? true
            // Lines wait rather than go into a file that has no name any more.
            guard file?.isRemoved() == true else { return }
            file = nil
            retry.failed(at: now)
        }
    }

    /// Opens the file, and makes its folder again where that has gone since the start.
    private func open() throws(Errno) -> LineFile<Calls> {
        do throws(Errno) {
            return try LineFile(path: path, mode: options.mode, calls: calls)
        } catch {
            guard error == .noSuchFileOrDirectory else { throw error }
            try makeFolder(folder)
            return try LineFile(path: path, mode: options.mode, calls: calls)
        }
    }

    private func makeFolder(_ folder: FilePath) throws(Errno) {
        do throws(Errno) {
            try calls.makeFolder(folder, mode: 0o750)
        } catch {
            if error == .fileExists { return }
            guard error == .noSuchFileOrDirectory, folder.folder != folder else { throw error }
            try makeFolder(folder.folder)
            try calls.makeFolder(folder, mode: 0o750)
        }
    }

    package func finish() {
        if options.sync != .none { synchronize(now: .zero) }
        file = nil
        syncDeadline = nil
        moveDeadline = nil
    }

    package var deadline: MonotonicTime? {
        [retry.deadline, syncDeadline, moveDeadline].compactMap { $0 }.min()
    }

    /// The longest run of whole lines that fits into the file, and at least the first line.
    private func portion(of bytes: UnsafeRawBufferPointer, atLeast first: Int) -> Int {
        guard let room = rotation.room, room < Int64(bytes.count) else { return bytes.count }
        let fitting = bytes[..<Int(room)].lastIndex(of: UInt8(ascii: "\n")).map { $0 + 1 } ?? 0
        return max(first, fitting)
    }

    private func openFile(now: MonotonicTime) -> LineFile<Calls>? {
        if let file { return file }
        do throws(Errno) {
            adopt(try open(), now: now)
        } catch {
            note(error)
            retry.failed(at: now)
        }
        return file
    }

    private func adopt(_ new: LineFile<Calls>, now: MonotonicTime) {
        status.repairedBytes += new.repaired
        rotation.opened(size: new.status.isRegular ? new.status.size : 0, modified: new.status.modified / 1_000_000_000)
        moveDeadline = options.moveCheckInterval > .zero && new.status.isRegular ? now + options.moveCheckInterval : nil
        file = new
        isDisplaced = false
    }

    private func append(
        _ bytes: UnsafeRawBufferPointer, to file: LineFile<Calls>, now: MonotonicTime, wall: Int64
    ) -> Int {
        let appended = file.append(bytes)
        if appended.count > 0 {
            status.records += bytes[..<appended.count].reduce(0) { $0 + ($1 == UInt8(ascii: "\n") ? 1 : 0) }
            status.bytes += appended.count
            rotation.wrote(appended.count, wall: wall)
        }
        if let error = appended.error {
            note(error)
            retry.failed(at: now)
            self.file = nil
            return appended.count
        }
        retry.succeeded()
        status.isHealthy = !isDisplaced
        switch options.sync {
        case .none: break
        case .record: synchronize(now: now)
        case .interval(let interval): syncDeadline = syncDeadline ?? now + interval
        }
        return appended.count
    }

    private func synchronize(now: MonotonicTime) {
        syncDeadline = nil
        guard let file, file.status.isRegular else { return }
        do throws(Errno) {
            try file.synchronize()
        } catch {
            note(error)
        }
    }

    private func rotate(_ file: LineFile<Calls>, now: MonotonicTime, wall: Int64) {
        do throws(Errno) {
            let names = try calls.names(in: folder)
            try file.rename(to: folder.appending(rotated.next(wall: wall, existing: names)))
            syncDeadline = nil
            self.file = nil
            status.rotations += 1
            rotationRetry.succeeded()
            for old in rotated.expired(existing: try calls.names(in: folder), keep: options.rotation.keep) {
                try calls.remove(folder.appending(old))
            }
        } catch {
            note(error)
            rotationRetry.failed(at: now)
        }
    }

    private func note(_ error: Errno) {
        status.isHealthy = false
        status.errors[error.label, default: 0] += 1
        status.lastError = "\(path): \(error)"
    }
}
