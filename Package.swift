// swift-tools-version: 6.2
import PackageDescription

/// Settings of every Swift target. Warnings are errors because a warning that nobody mends hides the next one.
let strict: [SwiftSetting] = [
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .treatAllWarnings(as: .error),
]

/// The kernels are optimised in debug builds too: at -O0 a test of a network would take minutes.
let kernelFlags: [CSetting] = [
    .unsafeFlags(["-O3", "-ffp-contract=fast"]),
    .enableWarning("all"),
    .enableWarning("extra"),
    .treatAllWarnings(as: .error),
]

/// What tests may look into in release builds too, which are what is tested: the rest of the package is not opened for it, so that
/// the networks' code stays as well optimised as it can be.
let opened: [SwiftSetting] = strict + [.unsafeFlags(["-enable-testing"])]

func module(
    _ name: String, _ dependencies: [Target.Dependency] = [], isOpen: Bool = false, resources: [Resource] = []
) -> Target {
    .target(name: name, dependencies: dependencies, resources: resources, swiftSettings: isOpen ? opened : strict)
}

func program(_ name: String, _ dependencies: [Target.Dependency]) -> Target {
    .executableTarget(name: name, dependencies: dependencies, swiftSettings: strict)
}

func tests(_ name: String, _ dependencies: [Target.Dependency] = [], exclude: [String] = []) -> Target {
    .testTarget(
        name: "\(name)Tests", dependencies: [.target(name: name), "TestSupport"] + dependencies,
        exclude: exclude, swiftSettings: strict)
}

let arguments: Target.Dependency = .product(name: "ArgumentParser", package: "swift-argument-parser")
let logging: Target.Dependency = .product(name: "Logging", package: "swift-log")
let http: [Target.Dependency] = ["NIOCore", "NIOPosix", "NIOHTTP1"].map { .product(name: $0, package: "swift-nio") }
let deque: Target.Dependency = .product(name: "DequeModule", package: "swift-collections")
let system: Target.Dependency = .product(name: "SystemPackage", package: "swift-system")
let yams: Target.Dependency = .product(name: "Yams", package: "Yams")

let package = Package(
    name: "norfaced",
    products: [
        .executable(name: "norface", targets: ["norface"]),
        .executable(name: "norfaced", targets: ["norfaced"]),
        .library(name: "Inference", targets: ["Inference"]),
        .library(name: "CKernels", targets: ["CKernels"]),
        .library(name: "Imaging", targets: ["Imaging"]),
        .library(name: "Faces", targets: ["Faces"]),
        .library(name: "FaceTracking", targets: ["FaceTracking"]),
        .library(name: "Expression", targets: ["Expression"]),
        // For the package Fuzzing.
        .library(name: "FuzzTargets", targets: ["FuzzTargets"]),
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
        .package(url: "https://github.com/apple/swift-log", from: "1.16.2"),
        .package(url: "https://github.com/apple/swift-collections", from: "1.6.0"),
        .package(url: "https://github.com/apple/swift-nio", from: "2.101.2"),
        .package(url: "https://github.com/apple/swift-system", from: "1.8.1"),
        .package(url: "https://github.com/jpsim/Yams", from: "6.2.2"),
    ],
    targets: [
        // The ground floor: the C libraries and what knows nothing of faces or video.
        .systemLibrary(
            name: "CFFmpeg", pkgConfig: "libavformat libavcodec libavutil libswscale",
            providers: [
                .apt([
                    "libavformat-dev", "libavcodec-dev", "libavutil-dev", "libswscale-dev", "libavdevice-dev",
                ])
            ]),
        .systemLibrary(name: "COpenBLAS", pkgConfig: "openblas", providers: [.apt(["libopenblas-dev"])]),
        .target(name: "CKernels", cSettings: kernelFlags, linkerSettings: [.linkedLibrary("m")]),
        .target(name: "CAllocator"),
        module("Platform", ["CFFmpeg", system]),
        module("JSON", ["Platform"]),
        module("Imaging", ["CKernels"]),
        module("Inference", ["CKernels", "COpenBLAS", "Platform", system]),
        module("Records", ["JSON", "Platform"]),
        module("Settings", ["Platform", yams]),

        // What does the work.
        module("Media", ["CFFmpeg", "Imaging", "Platform", system]),
        module("Faces"),
        module("FaceTracking", ["Faces", "Imaging", "Inference", "JSON", "Platform", system]),
        module("Expression", ["Faces", "Inference", "JSON", "Platform", system], isOpen: true),
        module("Pipeline", ["Media", "Imaging", "Faces", "FaceTracking", "Expression", "Records", "Platform", deque]),
        module(
            "Analysis",
            [
                "CAllocator", "Pipeline", "Imaging", "Media", "Faces", "FaceTracking", "Expression", "Inference",
                "Records",
                "Platform", system,
            ]),
        module("Sinks", ["Settings", "Records", "JSON", "Platform", logging, deque, system]),
        module("Views", ["Pipeline", "Records", "JSON", "Platform"]),
        module("Overlay", ["Media", "Imaging", "Records"]),
        module("ModelStore", ["Analysis", "FaceTracking", "Expression", "Inference", "Platform", system]),
        module(
            "Batch",
            [
                "Analysis", "ModelStore", "Overlay", "Pipeline", "Sinks", "Records", "JSON", "Media", "Imaging",
                "Faces",
                "FaceTracking", "Expression", "Inference", "Platform", system,
            ]),
        module(
            "Service",
            [
                "Analysis", "ModelStore", "Overlay", "Pipeline", "Sinks", "Settings", "Records", "JSON", "Media",
                "Imaging", "Faces", "FaceTracking", "Expression", "Platform", logging, system,
            ] + http,
            isOpen: true, resources: [.embedInCode("Health/Page/page.html")]),

        // The programs.
        program(
            "norface",
            [
                "Service", "Batch", "Analysis", "ModelStore", "Overlay", "Views", "Pipeline", "Sinks", "Media",
                "Imaging", "Faces",
                "FaceTracking", "Expression", "Inference", "Records", "JSON", "Platform", arguments, logging, system,
            ]),
        program(
            "norfaced",
            ["Service", "Settings", "Analysis", "ModelStore", "Media", "Platform", arguments, logging, system]),

        // Tests.
        .target(
            name: "TestSupport", dependencies: ["Platform", system], path: "Tests/TestSupport", swiftSettings: strict),
        .target(
            name: "FuzzTargets", dependencies: ["Service", "Settings", "Sinks", "Media", "Platform"],
            path: "Tests/FuzzTargets", swiftSettings: strict),
        .target(name: "CAllocationCounter", path: "Tests/CAllocationCounter"),
        tests("CKernels"),
        tests("FuzzTargets", [system]),
        tests("Platform", ["FaceTracking", "Media", "Sinks", system]),
        tests("JSON", ["Platform"]),
        tests("Imaging", ["CKernels"]),
        tests("Faces"),
        tests("Inference", ["CAllocationCounter", "Platform", system], exclude: ["Tools"]),
        tests("Records", ["JSON", "Platform", system]),
        tests("Media", ["Imaging", "Platform"]),
        tests(
            "FaceTracking", ["Faces", "Imaging", "Media", "Records", "JSON", "Platform", "CAllocationCounter", system],
            exclude: ["Parity"]),
        tests(
            "Expression", ["Faces", "Inference", "Records", "JSON", "Platform", "CAllocationCounter", system],
            exclude: ["Tools"]),
        tests(
            "Pipeline",
            [
                "Media", "Imaging", "Faces", "FaceTracking", "Expression", "Records", "JSON", "Platform",
                "CAllocationCounter", system,
            ]),
        tests("Analysis", ["Expression", "FaceTracking", "Pipeline", "Records", "JSON", "Platform", system]),
        tests("Sinks", ["Settings", "Records", "JSON", "Platform", logging, system]),
        tests("Views", ["JSON"]),
        tests("Overlay", ["FaceTracking", "Faces", "Media", "Records"]),
        tests("ModelStore", ["FaceTracking", "Platform", system]),
        tests(
            "Batch",
            ["Faces", "Media", "Overlay", "Pipeline", "Analysis", "ModelStore", "Records", "Platform", system]),
        tests(
            "Service",
            [
                "Records", "JSON", "Sinks", "Settings", "Media", "Imaging", "Faces", "FaceTracking", "Pipeline",
                "Analysis", "Platform", logging, system,
            ] + http),
        .testTarget(
            name: "NorfaceTests", dependencies: ["Analysis", "Records", "JSON", "Platform", "TestSupport", system],
            swiftSettings: strict),
        .testTarget(
            name: "NorfacedTests",
            dependencies: ["norface", "norfaced", "Records", "JSON", "Platform", "TestSupport", system],
            swiftSettings: strict),
    ],
    swiftLanguageModes: [.v6]
)
