import Glibc
import Platform
import SystemPackage
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(30))) struct SubprocessTests {
    @Test func theStatusIsTheProgramsOwn() throws {
        #expect(try Subprocess.run(["true"]).status == 0)
        #expect(try Subprocess.run(["sh", "-c", "exit 7"]).status == 7)
        #expect(try Subprocess.run(["sh", "-c", "kill -KILL $$"]).status == 128 + SIGKILL)
    }

    @Test func whatItSaysWrongIsKept() throws {
        let result = try Subprocess.run(["sh", "-c", "echo out; echo wrong >&2; exit 1"])
        #expect(result.status == 1 && result.errors == "wrong\n", "standard output is not mixed in")
    }

    /// A program that says more than a pipe holds is neither held up nor kept whole: its last words count.
    @Test func ofManyWordsTheLastAreKept() throws {
        let script = "i=0; while [ $i -lt 20000 ]; do echo line $i; i=$((i+1)); done >&2"
        let errors = try Subprocess.run(["sh", "-c", script]).errors
        #expect(errors.utf8.count == 8_192 && errors.hasSuffix("line 19998\nline 19999\n"))
    }

    @Test func itsStandardInputIsEmpty() throws {
        #expect(try Subprocess.run(["sh", "-c", "cat | wc -c >&2"]).errors.contains("0"))
    }

    @Test func aProgramThatIsNotThereIsAnError() {
        #expect(throws: Errno.noSuchFileOrDirectory) { try Subprocess.run(["norface-no-such-program"]) }
    }

    /// A program that is started while another runs gets nothing of what we hold for that one.
    @Test func programsDoNotInheritEachOthersPipes() async {
        // In a process of its own, where nobody else opens pipes.
        await #expect(processExitsWith: .success) {
            func pipes() throws -> Int {
                let list = try Subprocess.run(["sh", "-c", "ls -l /proc/self/fd >&2"]).errors
                return list.split(separator: "\n").count { $0.contains("pipe:") }
            }
            let before = try pipes()
            let folder = try TemporaryFolder()
            let (started, end) = (folder.path.appending("started").string, folder.path.appending("end").string)
            precondition(mkfifo(started, 0o600) == 0 && mkfifo(end, 0o600) == 0)
            let running = WorkerThread(name: "running") {
                _ = try? Subprocess.run(["sh", "-c", "echo > \(started); cat \(end)"])
            }
            // Opening waits for the other side, and reading for its line: one that nobody reads would end the program.
            let line = open(started, O_RDONLY | O_CLOEXEC)
            var byte: UInt8 = 0
            precondition(read(line, &byte, 1) == 1)
            close(line)
            let during = try pipes()
            close(open(end, O_WRONLY | O_CLOEXEC))
            running.join()
            precondition(before == during, "\(before) pipes became \(during)")
        }
    }

    @Test func argumentsAreHandedOverAsTheyAre() throws {
        let odd = "a 'b' \"c\" $HOME; *"
        #expect(try Subprocess.run(["sh", "-c", "printf %s \"$1\" >&2", "sh", odd]).errors == odd)
    }
}
