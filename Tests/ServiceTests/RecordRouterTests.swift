import Platform
import Records
import Sinks
import Synchronization
import TestSupport
import Testing

@testable import Service

/// An output that keeps what it is given, and holds whoever gives it something while it is told to.
private final class HoldingSink: RecordSink {
    let monitor = Monitor((lines: 0, isHolding: false, isEntered: false))
    let wantsRecords: Bool

    init(isHolding: Bool = false, wantsRecords: Bool = false) {
        self.wantsRecords = wantsRecords
        monitor.withLock { $0.isHolding = isHolding }
    }

    func write(_ line: EncodedLine) {
        monitor.signal { $0.isEntered = true }
        let _: Bool? = monitor.wait(until: nil) { $0.isHolding ? nil : true }
        monitor.signal { $0.lines += 1 }
    }

    func waitUntilEntered() { let _: Bool? = monitor.wait(until: nil) { $0.isEntered ? true : nil } }
    func letGo() { monitor.signal { $0.isHolding = false } }
    var lines: Int { monitor.withLock { $0.lines } }
    var status: SinkStatus { SinkStatus() }
    func reopen() {}
    func close() {}
}

@Suite(.timeLimit(.minutes(30))) struct RecordRouterTests {
    private let line = EventRecord(.marker, marker: "x").line

    @Test func linesGoToWhatIsThereAndToNothingElse() {
        let (old, new) = (HoldingSink(), HoldingSink(wantsRecords: true))
        let router = RecordRouter()
        router.write(line)
        router.route(to: [old])
        router.write(line)
        #expect(!router.wantsRecords)
        router.route(to: [new])
        router.write(line)
        router.write(line)
        #expect(old.lines == 1 && new.lines == 2 && router.wantsRecords)
    }

    /// An output that takes its time holds neither who asks the router nor the line that goes elsewhere.
    @Test func noLockIsHeldWhileALineIsHandedOut() {
        let slow = HoldingSink(isHolding: true)
        let router = RecordRouter()
        router.route(to: [slow])
        let writer = WorkerThread(name: "writer") { [line] in router.write(line) }
        slow.waitUntilEntered()
        #expect(!router.wantsRecords)
        slow.letGo()
        writer.join()
        #expect(slow.lines == 1)
    }

    /// Once `route` has returned, an output that was taken away gets nothing any more.
    @Test func aLineUnderWayIsWaitedFor() {
        let (old, new) = (HoldingSink(isHolding: true), HoldingSink(wantsRecords: true))
        let router = RecordRouter()
        router.route(to: [old])
        let writer = WorkerThread(name: "writer") { [line] in router.write(line) }
        old.waitUntilEntered()
        let seen = Mutex<Int?>(nil)
        let rerouted = WorkerThread(name: "router") {
            router.route(to: [new])
            seen.withLock { $0 = old.lines }
        }
        // The new output wants records: that it is asked shows that lines go there, while the old one still has its last.
        #expect(until { router.wantsRecords })
        router.write(line)
        #expect(new.lines == 1 && old.lines == 0)
        old.letGo()
        rerouted.join()
        writer.join()
        #expect(seen.withLock { $0 } == 1 && old.lines == 1)
    }
}
