internal import Glibc

/// Standard output, written at once: `print` would hold text back until a crash loses it.
enum StandardOutput {
    /// Writes text; a reader that has gone is no error.
    static func write(_ text: String) {
        var text = text
        text.withUTF8 { bytes in
            var written = 0
            while written < bytes.count {
                let count = Glibc.write(1, bytes.baseAddress! + written, bytes.count - written)
                if count < 0 && errno == EINTR { continue }
                guard count > 0 else { return }
                written += count
            }
        }
    }
}
