internal import Glibc
internal import Platform

extension Daemon {
    /// The number of a user, by name or number.
    ///
    /// - Throws: `Failure` when there is no such user.
    static func user(_ name: String) throws(Failure) -> UInt32 {
        if let number = UInt32(name) { return number }
        guard let entry = getpwnam(name) else {
            throw Failure(.configuration, "outputs.socket.users: there is no user \(name)")
        }
        return entry.pointee.pw_uid
    }
}
