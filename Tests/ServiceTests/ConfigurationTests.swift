import Analysis
import FaceTracking
import Media
import Settings
import Sinks
import SystemPackage
import TestSupport
import Testing

@testable import Service

/// Reads configurations as the daemon does.
enum Configurations {
    static let shipped = Paths.package.appending("Config/norfaced.yaml")

    /// The shipped file with its examples (comments that are YAML) in force.
    static func withExamples() throws -> String {
        let lines = String(decoding: try File.read(shipped), as: UTF8.self).split(
            separator: "\n", omittingEmptySubsequences: false)
        var out: [Substring] = []
        var example = false
        for line in lines {
            let body = line.drop { $0 == " " }
            let indent = line.prefix(line.count - body.count)
            if body == "# files:" || body == "# sources:" {
                // The example takes the place of the empty mapping before it.
                out.removeLast()
                example = true
            }
            if example, body.hasPrefix("# ") {
                out.append(indent + body.dropFirst(2))
            } else {
                example = false
                out.append(line)
            }
        }
        return out.joined(separator: "\n")
    }

    static func load(
        _ text: String, environment: [String: String] = [:], flags: [String: String] = [:]
    ) throws(ConfigurationError) -> LoadedConfiguration {
        try ConfigurationLoader(environment: environment, flags: flags).load(text: text, name: "test.yaml")
    }

    /// What is wrong with a text, problem by problem.
    static func problems(_ text: String, environment: [String: String] = [:], flags: [String: String] = [:]) -> [String]
    {
        do throws(ConfigurationError) {
            _ = try load(text, environment: environment, flags: flags)
            return []
        } catch {
            return error.problems.map(\.description)
        }
    }
}

struct ConfigurationTests {
    @Test func theShippedFileIsTheDefaults() throws {
        let loaded = try ConfigurationLoader(environment: [:]).load(Configurations.shipped)
        #expect(loaded.configuration == DaemonConfiguration())
        #expect(loaded.file == Configurations.shipped)
    }

    @Test func theExamplesOfTheShippedFileAreDefaultsToo() throws {
        let configuration = try Configurations.load(try Configurations.withExamples()).configuration
        var file = FileSettings(name: "records")
        file.path = "/var/lib/norface/{source}.jsonl"
        #expect(configuration.outputs.files == [file])
        var source = SourceSettings(name: "door")
        source.url = "rtsp://viewer:secret@192.168.1.20/stream1"
        #expect(configuration.sources == [source])
    }

    /// Every key that the program reads stands in the shipped file, and every key there is read (or loading would fail).
    @Test func everyKeyIsDocumented() throws {
        let loaded = try Configurations.load(try Configurations.withExamples())
        let undocumented = loaded.report.entries.filter { entry in
            // Below a source, `capture: {}` stands for the keys that are documented once, at the top.
            let inherits = entry.path.count == 4 && entry.path[0] == "sources"
            return entry.origin == .builtIn && !inherits
        }
        #expect(undocumented.map(\.path) == [])
        #expect(loaded.report.entries.count > 60)
    }

    @Test func laterOriginsOverrideEarlierOnes() throws {
        let text = "log: {level: debug}\nlimits: {stop_timeout: 3s}\noutputs: {stdout: true}\n"
        let loaded = try Configurations.load(
            text,
            environment: ["NORFACED_LIMITS_STOP_TIMEOUT": "4s", "NORFACED_OUTPUTS_STDOUT": "false", "PATH": "/bin"],
            flags: ["outputs.stdout": "true"])
        #expect(loaded.configuration.log.level == .debug)
        #expect(loaded.configuration.limits.stopTimeout == .seconds(4))
        #expect(loaded.configuration.outputs.stdout)
        #expect(loaded.report["log.level"]?.origin == .file("test.yaml:1"))
        #expect(loaded.report["limits.stop_timeout"]?.origin == .environment("NORFACED_LIMITS_STOP_TIMEOUT"))
        #expect(loaded.report["outputs.stdout"]?.origin == .flag)
        #expect(loaded.report["log.format"]?.origin == .builtIn)
    }

    @Test func sourcesInheritWhatTheyDoNotSet() throws {
        let text = """
            capture: {transport: udp, stall_timeout: 3s}
            analysis: {max_rate: 10}
            sources:
              door: {url: "rtsp://10.0.0.1/a", capture: {stall_timeout: 20s}}
              yard-2: {url: /dev/video0, capture: {device_size: 1280x720}, analysis: {max_rate: none, max_faces: 2}}
            """
        let loaded = try Configurations.load(
            text, environment: ["NORFACED_SOURCES_YARD_2_ANALYSIS_DETECTOR": "full"])
        let (door, yard) = (loaded.configuration.sources[0], loaded.configuration.sources[1])
        #expect(door.capture.media.transport == .udp && door.capture.media.deadlines.stall == .seconds(20))
        #expect(yard.capture.media.deadlines.stall == .seconds(3) && yard.capture.media.device.width == 1280)
        #expect(door.analysis.maximumRate == 10 && yard.analysis.maximumRate == nil)
        #expect(yard.analysis.tracking.maximumFaces == 2 && yard.analysis.tracking.detector == .full)
        #expect(loaded.report["sources.door.capture.transport"]?.origin == .inherited("capture.transport"))
    }

    /// What is printed reads back as the same configuration, unless a secret is hidden in it.
    @Test func thePrintedConfigurationReadsBack() throws {
        let text = """
            log: {format: json}
            outputs:
              socket: {users: ["1000", video], mode: "0600", group: "yes"}
              files: {a: {path: "/tmp/it's here #1.jsonl", rotate_size: 100MB, sync_interval: 1500ms}}
            http: {listen: "[::1]:9464"}
            sources: {a: {url: "http://h/x?y=1", capture: {probe_duration: 90m}, analysis: {min_score: 0.25}}}
            """
        let first = try Configurations.load(text)
        let second = try Configurations.load(first.report.yaml)
        #expect(first.configuration == second.configuration)
    }

    @Test func secretsAreNotPrinted() throws {
        let folder = try TemporaryFolder()
        try File.write("rtsp://viewer:hunter2@camera/1\nmore\n".utf8, to: folder.path.appending("door"))
        let text = """
            sources:
              door: {url_file: door, capture: {libav: {headers: "X-Key: hunter2"}}}
              hall: {url: "http://u:hunter2@h/?token=hunter2"}
            """
        for environment in [["CREDENTIALS_DIRECTORY": folder.path.string], [:]] {
            let loaded = try ConfigurationLoader(environment: environment).load(
                text: text, name: "test.yaml", folder: environment.isEmpty ? folder.path : nil)
            #expect(loaded.configuration.sources[0].url == "rtsp://viewer:hunter2@camera/1")
            #expect(!loaded.report.yaml.contains("hunter2"))
            #expect(loaded.report.yaml.contains("viewer:***@") || loaded.report.yaml.contains("http://u:***@h"))
            #expect(!loaded.configuration.sources.map(\.input).joined().contains("hunter2"))
        }
    }

    @Test(arguments: [
        ("500ms", Duration.milliseconds(500)), ("10s", .seconds(10)), ("1.5m", .seconds(90)), ("2h", .seconds(7_200)),
        ("1d", .seconds(86_400)), ("0s", .zero), ("250us", .microseconds(250)), ("0.5us", .nanoseconds(500)),
        ("8999999999999990001ns", .nanoseconds(8_999_999_999_999_990_001)),
        ("8007199254740993us", .nanoseconds(8_007_199_254_740_993_000 as Int64)),
    ])
    func durationsHaveUnits(text: String, duration: Duration) {
        #expect(Duration(setting: text) == duration)
        #expect(Duration(setting: duration.settingText) == duration)
    }

    @Test(arguments: ["10", "s", "-1s", "1 s", "1e3s", "10S", "1m30s", "99999999999d", ""])
    func otherDurationsAreRefused(text: String) {
        #expect(Duration(setting: text) == nil)
    }

    @Test(arguments: [("1B", 1), ("64KiB", 65_536), ("8MiB", 8 << 20), ("1GB", 1_000_000_000), ("0B", 0)])
    func sizesHaveUnits(text: String, bytes: Int) {
        #expect(ByteCount(setting: text)?.bytes == bytes)
        #expect(ByteCount(setting: ByteCount(bytes).settingText)?.bytes == bytes)
    }

    @Test(arguments: [
        ("640", 0o640), ("0640", 0o640), ("1640", 0o1640), ("7777", 0o7777), ("007", 0o7), ("0000", 0),
    ])
    func modesAreOctal(text: String, bits: UInt32) {
        #expect(FileMode(setting: text)?.bits == bits)
        #expect(FileMode(setting: FileMode(bits).settingText)?.bits == bits)
    }

    @Test(arguments: ["64", "0o640", "+640", "-640", "-00", "0680", "00640", "rw-r", ""])
    func otherModesAreRefused(text: String) {
        #expect(FileMode(setting: text) == nil)
    }

    @Test(arguments: ["64", "64k", "64kib", "MiB", "-1B", "9999999999999TiB", "1.5MiB"])
    func otherSizesAreRefused(text: String) {
        #expect(ByteCount(setting: text) == nil)
    }

    @Test func onlyLoopbackIsListenedOn() {
        #expect(HTTPAddress(setting: "127.0.0.1:9464") == .ip4(host: "127.0.0.1", port: 9464))
        #expect(HTTPAddress(setting: "localhost:0") == .ip4(host: "127.0.0.1", port: 0))
        #expect(HTTPAddress(setting: "[::1]:80") == .ip6(port: 80))
        #expect(HTTPAddress(setting: "/run/x.sock") == .unix("/run/x.sock"))
        for text in ["0.0.0.0:80", "10.0.0.1:80", "[::]:80", "9464", "127.0.0.1", "127.0.0.1:70000", "host:80", ""] {
            #expect(HTTPAddress(setting: text) == nil, "\(text)")
        }
    }
}
