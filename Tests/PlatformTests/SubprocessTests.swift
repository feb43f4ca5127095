import Glibc
import Platform
import SystemPackage
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

    @Test func argumentsAreHandedOverAsTheyAre() throws {
        let odd = "a 'b' \"c\" $HOME; *"
        #expect(try Subprocess.run(["sh", "-c", "printf %s \"$1\" >&2", "sh", odd]).errors == odd)
    }
}
