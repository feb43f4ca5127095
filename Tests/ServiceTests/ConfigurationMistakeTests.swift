import Glibc
import Platform
import Settings
import SystemPackage
import TestSupport
import Testing
@testable import Service

/// What people get wrong, and what they are told.
struct ConfigurationMistakeTests {
    @Test(arguments: [
        (
            "sources: {door: {url: /a, captre: {}}}",
            "test.yaml:1: sources.door.captre: unknown key; did you mean capture?"
        ),
        (
            "log:\n  level: warn",
            "test.yaml:2: log.level: one of error, warning, notice, info, debug, trace is expected, not 'warn'"
        ),
        ("outputs: {stdout: yes}", "yes is a truth value in YAML 1.1 only: write true"),
        ("outputs: {stdout: off}", "write false"),
        ("outputs: {stdout: True}", "write true in lower case"),
        ("capture: {stall_timeout: 12:30}", "base 60"),
        ("capture: {stall_timeout: 10}", "the unit is missing: write 10s"),
        ("outputs: {socket: {queue: 4096}}", "the unit is missing: write 4096B"),
        ("outputs: {socket: {queue: 4mib}}", "the unit is written MiB"),
        ("outputs: {socket: {queue: 1B}}", "4KiB to 1GiB is expected, not 1B"),
        ("outputs: {socket: {mode: 999}}", "permissions in octal digits"),
        ("outputs: {socket: {group: yes}}", "yes is a truth value in YAML 1.1: put it in quotes"),
        ("outputs: {socket: {group: 1_000}}", "is a number in YAML 1.1: put it in quotes"),
        ("sources: {a: {url: }}", "an empty value is nothing in YAML 1.1"),
        ("analysis: {max_faces: 0x10}", "write it in decimal digits"),
        ("analysis: {max_faces: 8.5}", "a whole number is expected, not '8.5'"),
        ("analysis: {min_score: 0,5}", "analysis.5: unknown key"),
        ("analysis:\n  min_score: 0,5", "write the decimals behind a point"),
        ("analysis: {min_score: 2}", "0 to 1 is expected, not 2"),
        ("analysis: {min_score: .nan}", "a number is expected"),
        ("analysis: [1]", "analysis: keys below it are expected"),
        ("analysis: {max_faces: [1]}", "a single value is expected"),
        ("log: {level: !secret info}", "a single value is expected"),
        ("sources: {a: {}}", "sources.a: url or url_file is missing"),
        ("sources: {a: {url: /a, url_file: b}}", "exclude each other"),
        ("sources: {a: {url: a.mp4}}", "an absolute path is expected"),
        ("sources: {a: {url: -}}", "no standard input"),
        ("sources: {a: {url: 'v4l2:video0'}}", "an absolute path is expected"),
        ("sources: {a: {url_file: /nonexistent/x}}", "/nonexistent/x: No such file"),
        ("sources: {a: {url_file: nonexistent}}", "$CREDENTIALS_DIRECTORY"),
        ("sources: {a b: {url: /a}}", "a name of letters, digits"),
        ("sources: {a: {url: /a}, a: {url: /b}}", "the key stands twice"),
        ("outputs: {files: {r: {}}}", "outputs.files.r.path: a path is missing"),
        (
            "outputs: {files: {r: {path: /r, sources: [dor]}}}\nsources: {door: {url: /a}}",
            "there is no source dor; did you mean door?"
        ),
        ("outputs: {files: {r: {path: /r}, s: {path: /r}}}\nsources: {door: {url: /a}}", "r writes to /r, too"),
        ("http: {listen: 9464}", "write 127.0.0.1:9464"),
        ("http: {listen: 0.0.0.0:9464}", "only loopback is served"),
        ("capture: {<<: {}}", "merging (<<) is not supported"),
        ("log:\n\tlevel: info", "indent with spaces"),
        ("sources:\n  a:\n    url: @here", "must be put in quotes"),
        ("sources:\n  a:\n    url: *here", "must be put in quotes"),
        ("sources:\n  a:\n    url: a: b", "must be put in quotes"),
        ("- a", "keys below it are expected"),
        ("log: {level: info", "not YAML"),
        ("? {a: b}\n: c", "a key is a single word"),
        ("analysis: {smoothing_parameters: {gap_s: x}}", "a number that is not negative"),
        ("analysis: {thresholds: {smile: 1}}", "the name of an action unit is expected"),
        ("analysis: {thresholds: {AU12: 9}}", "an intensity above 0, at most 5, is expected"),
        ("analysis: {min_quality: 2}", "0"), ("capture: {aspect: wide}", "such as 16:9"),
        ("analysis: {smoothing_parameters: {gapp_s: 1}}", "did you mean gap_s?"),
        ("--- {}\n--- {}", "not YAML"),
    ])
    func mistakesAreExplained(text: String, expected: String) {
        let problems = Configurations.problems(text)
        #expect(problems.contains { $0.contains(expected) }, "\(problems)")
    }

    @Test func everythingThatIsWrongIsToldAtOnce() {
        let problems = Configurations.problems("log: {levl: info}\nlimits: {stop_timeout: 5}\nhtpp: {}\n")
        #expect(problems.count == 3, "\(problems)")
    }

    @Test(arguments: ["url: a.mp4", "url_file: /nonexistent/x", "url: [1]"])
    func aSourceThatIsWrongIsNotSaidToBeMissing(key: String) {
        let problems = Configurations.problems("sources: {a: {\(key)}}")
        #expect(problems.count == 1, "\(problems)")
    }

    @Test(arguments: ["", "url: none", "url: none, url_file: none"])
    func aSourceThatIsMissingIsSaidToBe(keys: String) {
        let problems = Configurations.problems("sources: {a: {\(keys)}}")
        #expect(problems.count == 1 && problems.first?.contains("url or url_file is missing") == true, "\(problems)")
    }

    @Test func everythingThatTheDocumentationCallsASourceIsOne() {
        let urls = [
            "rtsp://u:p@h/x", "http://h/x.mjpg", "srt://h:1?passphrase=x", "/dev/video0", "/dev/v4l/by-id/usb-x",
            "v4l2:/run/door",
            "/srv/a.mp4", "file:/srv/a.mp4",
        ]
        for url in urls { #expect(Configurations.problems("sources: {a: {url: '\(url)'}}") == []) }
    }

    @Test func theEnvironmentAndFlagsAreCheckedToo() {
        let text = "sources: {a-b: {url: /a}, a_b: {url: /b}}"
        #expect(
            Configurations.problems("", environment: ["NORFACED_LOG_LEVLE": "info"]) == [
                "NORFACED_LOG_LEVLE: no key has this variable; did you mean NORFACED_LOG_LEVEL?"
            ])
        #expect(
            Configurations.problems("", environment: ["NORFACED_LOG_LEVEL": "loud"]).first?.hasPrefix(
                "NORFACED_LOG_LEVEL: log.level: one of") == true)
        #expect(
            Configurations.problems("", flags: ["log.lvel": "info"]) == [
                "--set: log.lvel: unknown key; did you mean log.level?"
            ])
        #expect(Configurations.problems(text, environment: ["NORFACED_SOURCES_A_B_URL": "/c"]).count == 1)
        #expect(Configurations.problems(text) == [])
        #expect(Configurations.problems("", environment: ["NORFACED_CONFIG": "/x"]) == [])
    }

    @Test func unreadableFilesAreErrors() throws {
        let folder = try TemporaryFolder()
        let loader = ConfigurationLoader(environment: [:])
        let path = folder.path.appending("c.yaml")
        #expect(throws: ConfigurationError.self) { try loader.load(path) }
        #expect(throws: ConfigurationError.self) { try loader.load(folder.path) }
        for bytes in [[0xFF, 0xFE, 0x00], Array("log: \0".utf8), [UInt8](repeating: 0x23, count: 2 << 20)] {
            try File.write(bytes, to: path)
            #expect(throws: ConfigurationError.self) { try loader.load(path) }
        }
        try File.write([], to: path)
        #expect(try loader.load(path).configuration == DaemonConfiguration())
    }

    /// Each way to misspell each key in the way people do leads back to it.
    @Test func eachMisspellingGivesTheNearestName() throws {
        let report = try Configurations.load(try Configurations.withExamples()).report
        var siblings: [[String]: [String]] = [:]
        for entry in report.entries {
            for depth in entry.path.indices {
                let parent = Array(entry.path[..<depth])
                if parent == ["sources"] || parent == ["outputs", "files"] { continue }
                if siblings[parent]?.contains(entry.path[depth]) != true {
                    siblings[parent, default: []].append(entry.path[depth])
                }
            }
        }
        var count = 0
        for names in siblings.values {
            for name in names where name.count > 3 {
                for misspelt in misspellings(of: name) where !names.contains(misspelt) {
                    count += 1
                    #expect(NearestName.find(misspelt, among: names) == name, "\(misspelt)")
                }
            }
        }
        #expect(count > 3_000)
    }

    private func misspellings(of name: String) -> Set<String> {
        let letters = Array(name)
        var found: Set<String> = [name.uppercased(), name.replacing("_", with: "-"), name.replacing("_", with: "")]
        for index in letters.indices {
            var dropped = letters
            dropped.remove(at: index)
            var doubled = letters
            doubled.insert(letters[index], at: index)
            var replaced = letters
            replaced[index] = "q"
            found.formUnion([String(dropped), String(doubled), String(replaced)])
            if index > 0 {
                var swapped = letters
                swapped.swapAt(index, index - 1)
                found.insert(String(swapped))
            }
        }
        found.remove(name)
        return found
    }

    @Test func namesThatAreNotNearAreNotSuggested() {
        #expect(NearestName.find("zebra", among: ["level", "format"]) == nil)
        #expect(NearestName.distance(Array("ab".utf8), Array("ba".utf8)) == 1)
        #expect(NearestName.distance(Array("".utf8), Array("abc".utf8)) == 3)
        #expect(NearestName.distance(Array("kitten".utf8), Array("sitting".utf8)) == 3)
    }

    /// What is no file is refused at once: a FIFO that nobody writes to would hold the daemon up for ever.
    @Test(.timeLimit(.minutes(30))) func aFIFOIsNoConfiguration() throws {
        let folder = try TemporaryFolder()
        let fifo = folder.path.appending("fifo")
        #expect(mkfifo(fifo.string, 0o600) == 0)
        func problem(_ path: FilePath) -> String {
            do throws(ConfigurationError) {
                _ = try ConfigurationLoader(environment: [:]).load(path)
                return ""
            } catch {
                return error.description
            }
        }
        #expect(problem(fifo) == "\(fifo): a regular file is expected, not a FIFO, a socket or a device")
        #expect(problem(folder.path).hasSuffix("Is a directory"))
        let named = folder.path.appending("c.yaml")
        try File.write("sources: {a: {url_file: fifo}}".utf8, to: named)
        #expect(problem(named).contains("a regular file is expected"))
        let large = folder.path.appending("large.yaml")
        try File.write([UInt8](repeating: 0x20, count: (1 << 20) + 1), to: large)
        #expect(problem(large).hasSuffix("the file has more than 1 MiB"))
    }
}
