import Analysis
import Pipeline
import SystemPackage
import TestSupport
import Testing

struct AnalysisKeyTests {
    @Test func everyKeyHasANameOfItsOwnInBothSpellings() {
        let keys = AnalysisKey.all
        #expect(Set(keys.map(\.name)).count == keys.count && Set(keys.map(\.option)).count == keys.count)
        #expect(keys.first { $0.name == "max_faces" }?.option == "max-faces")
        #expect(keys.allSatisfy { !$0.help.isEmpty })
    }

    @Test func theShippedConfigurationNamesEveryKey() throws {
        let text = try String(decoding: File.read(Paths.package.appending("Config/norfaced.yaml")), as: UTF8.self)
        for key in AnalysisKey.all { #expect(text.contains("\(key.name):"), "\(key.name)") }
    }

    @Test func theDefaultsAreWithinTheirRanges() {
        let settings = AnalysisSettings()
        for key in AnalysisKey.all {
            switch key.kind {
            case .count(let place, let range): #expect(range.contains(settings[keyPath: place]))
            case .number(let place, let range): #expect(settings[keyPath: place].map(range.contains) ?? true)
            case .share(let place): #expect((0...1).contains(settings[keyPath: place]))
            case .seconds(let place), .pixels(let place): #expect(settings[keyPath: place] >= 0)
            case .flag, .parts, .detector, .smoothing, .baseline, .smoothingParameters, .thresholds, .landmarks: break
            }
        }
    }

    @Test func aRateIsOneOfTheSelections() {
        var settings = AnalysisSettings()
        settings.selection = .every(3)
        #expect(settings.maximumRate == nil)
        settings.maximumRate = nil
        #expect(settings.selection == .every(3), "no rate takes nothing away")
        settings.maximumRate = 5
        #expect(settings.selection == .rate(5))
        settings.maximumRate = nil
        #expect(settings.selection == .all)
    }
}
