import Glibc

/// Waits for many descriptors with poll(2).
///
/// For the few dozen descriptors of a server, poll costs no more than epoll (which Swift's Glibc module does not show).
/// Dispatch sources are not used for sockets: on Linux two of them on one descriptor collide, and a hung-up peer can
/// make them spin.
package final class Poller {
    /// What is awaited or has happened.
    package struct Events: OptionSet {
        package let rawValue: Int16
        package init(rawValue: Int16) { self.rawValue = rawValue }
        package static let readable = Events(rawValue: Int16(POLLIN))
        package static let writable = Events(rawValue: Int16(POLLOUT))
        /// Both directions are closed, or the socket failed; always reported.
        package static let ended = Events(rawValue: Int16(POLLHUP) | Int16(POLLERR) | Int16(POLLNVAL))
    }

    package init() {}

    private var entries: [pollfd] = []
    private var places: [Int32: Int] = [:]
    private var ready: [(descriptor: Int32, events: Events)] = []

    package func add(_ descriptor: Int32, _ events: Events) {
        places[descriptor] = entries.count
        entries.append(pollfd(fd: descriptor, events: events.rawValue, revents: 0))
    }

    package func change(_ descriptor: Int32, to events: Events) {
        guard let place = places[descriptor] else { return }
        entries[place].events = events.rawValue
    }

    package func remove(_ descriptor: Int32) {
        guard let place = places.removeValue(forKey: descriptor) else { return }
        let last = entries.removeLast()
        if place < entries.count {
            entries[place] = last
            places[last.fd] = place
        }
    }

    /// Waits until something happens or the time is over, and calls `body` for each descriptor that is ready.
    ///
    /// - Parameter milliseconds: negative waits for ever.
    package func wait(milliseconds: Int32, _ body: (Int32, Events) -> Void) {
        guard poll(&entries, nfds_t(entries.count), milliseconds) > 0 else { return }
        ready.removeAll(keepingCapacity: true)
        for entry in entries where entry.revents != 0 { ready.append((entry.fd, Events(rawValue: entry.revents))) }
        // `body` may add and remove descriptors. One that it closes and gets again at once is told of an event that
        // was its predecessor's: reads and writes do not block, so that this is harmless.
        for (descriptor, events) in ready { body(descriptor, events) }
    }
}
