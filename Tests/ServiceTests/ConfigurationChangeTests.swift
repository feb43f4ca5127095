import Analysis
import Testing

@testable import Service

struct ConfigurationChangeTests {
    private func configuration(_ names: String...) -> DaemonConfiguration {
        var configuration = DaemonConfiguration()
        configuration.sources = names.map { name in
            var source = SourceSettings(name: name)
            source.url = "/\(name)"
            return source
        }
        return configuration
    }

    @Test func atTheStartEverythingIsNew() {
        let change = ConfigurationChange(from: nil, to: configuration("a"))
        #expect(change.started.map(\.name) == ["a"] && change.stopped.isEmpty)
        #expect(change.hasNewModels && change.newOutputs == ["stdout", "socket", "files"] && change.hasNewHTTP)
    }

    @Test func theSameConfigurationChangesNothing() {
        let change = ConfigurationChange(from: configuration("a", "b"), to: configuration("b", "a"))
        #expect(change.started.isEmpty && change.stopped.isEmpty && change.untouched == ["b", "a"])
        #expect(!change.hasNewModels && change.newOutputs.isEmpty && !change.hasNewHTTP)
    }

    @Test func onlyWhatChangedIsRestarted() {
        var new = configuration("a", "b", "d")
        new.sources[1].analysis.maximumRate = 5
        let change = ConfigurationChange(from: configuration("a", "b", "c"), to: new)
        #expect(change.untouched == ["a"])
        #expect(change.stopped == ["b", "c"] && change.started.map(\.name) == ["b", "d"])
        #expect(change.newOutputs == ["files"])
        #expect(change.summary == "1 sources untouched, added d, removed c, restarted b, new files")
    }

    @Test func aDisabledSourceIsStopped() {
        var new = configuration("a", "b")
        new.sources[0].isEnabled = false
        let change = ConfigurationChange(from: configuration("a", "b"), to: new)
        #expect(change.stopped == ["a"] && change.started.isEmpty && change.untouched == ["b"])
    }

    @Test func newModelsRestartEverySource() {
        var new = configuration("a")
        new.models.bundle = "/other"
        let change = ConfigurationChange(from: configuration("a"), to: new)
        #expect(change.hasNewModels && change.stopped == ["a"] && change.started.map(\.name) == ["a"])
        #expect(change.untouched.isEmpty)
    }
}

struct AnalysisProgressTests {
    @Test func onlyWaitingFramesWithoutRecordsCount() {
        var progress = StatusBoard.Progress()
        progress.update(records: 5, isWaiting: false, now: 1)
        #expect(progress.since == nil)
        progress.update(records: 5, isWaiting: true, now: 2)
        progress.update(records: 5, isWaiting: true, now: 90)
        #expect(progress.since == 2)
        // A record was made: it goes on.
        progress.update(records: 6, isWaiting: true, now: 91)
        #expect(progress.since == 91)
        progress.update(records: 6, isWaiting: false, now: 92)
        #expect(progress.since == nil)
    }
}
