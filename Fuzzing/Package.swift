// swift-tools-version: 6.2
import PackageDescription

/// A fuzzer: the folder `Sources/NAME`, whose `Fuzz.swift` has the function that libFuzzer calls, and the libraries that it feeds.
func fuzzer(_ name: String, _ libraries: [String]) -> Target {
    .executableTarget(
        name: name, dependencies: libraries.map { .product(name: $0, package: "norfaced") },
        swiftSettings: [
            .enableUpcomingFeature("ExistentialAny"),
            .enableUpcomingFeature("InternalImportsByDefault"),
            .enableUpcomingFeature("MemberImportVisibility"),
            // The program's entry is libFuzzer's.
            .unsafeFlags(["-parse-as-library"]),
            .treatAllWarnings(as: .error),
        ])
}

// A package of its own: it builds with libFuzzer only, and nothing of it belongs to the product.
let package = Package(
    name: "Fuzzing",
    dependencies: [.package(name: "norfaced", path: "..")],
    targets: [
        fuzzer("fuzz-models", ["Inference"]),
        fuzzer("fuzz-graphs", ["Inference"]),
        fuzzer("fuzz-timestamps", ["FuzzTargets"]),
        fuzzer("fuzz-subscribers", ["FuzzTargets"]),
        fuzzer("fuzz-configuration", ["FuzzTargets"]),
    ],
    swiftLanguageModes: [.v6]
)
