import Media
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
        ("/home/user/clip.mp4", "/home/user/clip.mp4"),
        ("C:a@b", "C:a@b"),
        ("", ""),
        (
            "[tcp @ 0x1] Connection to tcp://u:pw@h:1?t=0 failed, then rtsp://u:pw@h failed",
            "[tcp @ 0x1] Connection to tcp://u:***@h:1?t=0 failed, then rtsp://u:***@h failed"
        ),
        ("Opening 'http://u:pw@h/a' for reading", "Opening 'http://u:***@h/a' for reading"),
        ("> Authorization: Basic YWRtaW46c2VjcmV0", "> Authorization: ***"),
    ])
    func secretsAreHidden(text: String, expected: String) {
        #expect(RedactedURL.scrub(text) == expected)
    }
}
