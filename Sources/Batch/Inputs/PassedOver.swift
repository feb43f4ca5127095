/// Something in a folder that is not analysed, and why.
public struct PassedOver: Sendable, Equatable {
    /// Why something is not analysed.
    public enum Reason: Sendable, Hashable {
        /// Its name begins with a dot.
        case hidden
        /// It has no bytes.
        case empty
        /// It holds text: notes, tables, subtitles, playlists.
        case text
        /// norface wrote it.
        case result
        /// A document, an archive, a program.
        case document
        /// It has sound and no video.
        case sound
        /// libav cannot open it.
        case unknown
        /// A FIFO: nobody may ever write to it.
        case pipe
        /// A socket.
        case socket
        /// A device.
        case device
        /// A link to a folder, which could lead back here.
        case linkedFolder
        /// A link that leads nowhere.
        case brokenLink
        /// It cannot be looked at.
        case unreadable
        /// A video where only pictures are taken.
        case video
        /// No picture where only pictures are taken.
        case noPicture
        /// A picture whose name has no number, or whose number another has, where sequences are looked for.
        case unnumbered

        /// In words for people.
        public var words: String {
            switch self {
            case .hidden: "hidden"
            case .empty: "empty"
            case .text: "text"
            case .result: "results of norface"
            case .document: "documents and archives"
            case .sound: "sound without video"
            case .unknown: "nothing that libav can open"
            case .pipe: "a FIFO, not opened"
            case .socket: "a socket, not opened"
            case .device: "a device, not opened"
            case .linkedFolder: "a link to a folder, not followed"
            case .brokenLink: "a link that leads nowhere"
            case .unreadable: "cannot be read"
            case .video: "a video, and only pictures are taken"
            case .noPicture: "no pictures"
            case .unnumbered: "no number of a sequence in the name"
            }
        }

        /// Whether a recording could be lost by it: then people are told, whatever they do not want to hear.
        public var mayBeMedia: Bool {
            switch self {
            case .hidden, .text, .result, .document, .sound, .noPicture: false
            case .empty, .unknown, .pipe, .socket, .device, .linkedFolder, .brokenLink, .unreadable, .video,
                .unnumbered:
                true
            }
        }
    }

    /// Its path, as people read it.
    public var name: String
    /// Why it is not analysed.
    public var reason: Reason
    /// More of the reason; nil where there is no more.
    public var detail: String?

    init(_ name: String, _ reason: Reason, detail: String? = nil) {
        self.name = name
        self.reason = reason
        self.detail = detail
    }

    /// Path and reason.
    public var text: String { "\(name): \(reason.words)" + (detail.map { " (\($0))" } ?? "") }
}
