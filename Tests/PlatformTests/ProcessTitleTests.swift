import Platform
import Testing

struct ProcessTitleTests {
    private func masked(_ text: String) -> String {
        var bytes = Array(text.utf8)
        bytes.withUnsafeMutableBytes { ProcessTitle.mask($0) }
        return String(decoding: bytes, as: UTF8.self)
    }

    @Test func anArgumentKeepsItsLength() {
        #expect(masked("rtsp://viewer:hunter2@door/x") == "rtsp://viewer:***@door/x    ")
        #expect(
            masked("--set=sources.a.url=http://h/x?token=hunter2") == "--set=sources.a.url=http://h/x?token=***    ")
        // The mask is longer than the password.
        #expect(masked("rtsp://v:p@door/x") == "rtsp://v:***@door")
    }

    @Test(arguments: ["", "run", "--config", "/etc/norface/norfaced.yaml", "rtsp://door/x", "Grüße: ü"])
    func whatHoldsNoPasswordStays(text: String) { #expect(masked(text) == text) }
}
