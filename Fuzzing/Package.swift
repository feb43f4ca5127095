// swift-tools-version: 6.1
import PackageDescription

// A package of its own: it builds with libFuzzer only, and nothing of it belongs to the product.
let package = Package(
    name: "Fuzzing",
    dependencies: [.package(name: "norfaced", path: "..")],
    targets: [
        .executableTarget(
            name: "fuzz-models",
            dependencies: [.product(name: "Inference", package: "norfaced")],
            swiftSettings: [
                .enableUpcomingFeature("ExistentialAny"),
                .enableUpcomingFeature("InternalImportsByDefault"),
                .enableUpcomingFeature("MemberImportVisibility"),
                // The program's entry is libFuzzer's.
                .unsafeFlags(["-parse-as-library", "-warnings-as-errors"]),
            ])
    ],
    swiftLanguageModes: [.v6]
)
