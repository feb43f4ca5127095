import Media
import Platform
import TestSupport
import Testing

struct RedactedURLTests {
    @Test(arguments: [
        ("rtsp://admin:secret@10.0.0.5:554/h264?channel=1", "rtsp://admin:***@10.0.0.5:554/h264?channel=1"),
        ("rtsp://token@host/x", "rtsp://***@host/x"),
        ("rtsp://admin:p@ss:w@rd@host/x", "rtsp://admin:***@host/x"),
        ("rtsp://admin:pa/ss@host/x", "rtsp://admin:***@host/x"),
        ("http://host:8080/path@2x.png", "http://host:8080/path@2x.png"),
        ("http://[::1]:8080/a@b", "http://[::1]:8080/a@b"),
        ("http://host/video?user=u&password=p&x=1", "http://host/video?user=u&password=***&x=1"),
        ("srt://host:9000?passphrase=0123456789", "srt://host:9000?passphrase=***"),
        ("rtsp://admin:pa ss'w\"rd@host/x", "rtsp://admin:***@host/x"),
        ("rtsp://admin: x@host/x", "rtsp://admin:***@host/x"),
        (
            "cannot open rtsp://admin:p w@host/x: refused, see http://h:80/y",
            "cannot open rtsp://admin:***@host/x: refused, see http://h:80/y"
        ),
        ("http://host:80/x and mail a@b", "http://host:80/x and mail a@b"),
        ("http://h/cgi?loginuse=admin&loginpas=1234", "http://h/cgi?loginuse=admin&loginpas=***"),
        ("http://h/cgi?user=admin&User_PSW=1234#x", "http://h/cgi?user=admin&User_PSW=***"),
        ("/home/user/clip.mp4", "/home/user/clip.mp4"),
        ("C:a@b", "C:a@b"),
        ("", ""),
        (
            "[tcp @ 0x1] Connection to tcp://u:pw@h:1?t=0 failed, then rtsp://u:pw@h failed",
            "[tcp @ 0x1] Connection to tcp://u:***@h:1?t=0 failed, then rtsp://u:***@h failed"
        ),
        ("Opening 'http://u:pw@h/a' for reading", "Opening 'http://u:***@h/a' for reading"),
        ("rtmp://live.example.org/live2/abcd-efgh-1234", "rtmp://live.example.org/live2/***"),
        ("rtmps://u:pw@h:443/app/key?x=1", "rtmps://u:***@h:443/app/***?x=1"),
        ("rtmp://host/live", "rtmp://host/live"),
        ("rtsps://10.0.0.2:7441/cDV7kqLwZ0aB9xYt?enableSrtp", "rtsps://10.0.0.2:7441/***?enableSrtp"),
        ("http://h/hls/7d793037a0760186574b0282f2f435e7/index.m3u8", "http://h/hls/***/index.m3u8"),
        ("https://h/6ba7b810-9dad-11d1-80b4-00c04fd430c8/a.mp4", "https://h/***/a.mp4"),
        ("rtsp://h/h264Preview_01_main", "rtsp://h/h264Preview_01_main"),
        ("rtsp://h/Streaming/Channels/101", "rtsp://h/Streaming/Channels/101"),
        ("http://h/interview_2024_session_12_left.mp4", "http://h/interview_2024_session_12_left.mp4"),
        ("> Authorization: Basic YWRtaW46c2VjcmV0", "> Authorization: ***"),
    ])
    func secretsAreHidden(text: String, expected: String) {
        #expect(RedactedURL.scrub(text) == expected)
    }

    /// Whatever stands in a password, it stands in no text that was scrubbed.
    @Test func noPasswordIsLeft() {
        let marks = Array("/?#@:'\" <>&=%[]\\")
        var generator = SeededGenerator(seed: 5)
        for _ in 0..<3_000 {
            // A word that is found again, with marks in it.
            var secret = Array("qzjxkv")
            for _ in 0..<Int.random(in: 0...2, using: &generator) {
                let place = Int.random(in: 0...secret.count, using: &generator)
                secret.insert(marks.randomElement(using: &generator) ?? "x", at: place)
            }
            let url = "rtsp://admin:\(String(secret))@10.0.0.5:554/h264?channel=1"
            for text in [url, "cannot open \(url): refused", "Opening '\(url)' for reading"] {
                let scrubbed = RedactedURL.scrub(text)
                let pieces = String(secret).split { marks.contains($0) }.filter { $0.count > 1 }
                #expect(pieces.allSatisfy { !scrubbed.contains($0) }, "\(text) became \(scrubbed)")
            }
        }
    }
}
