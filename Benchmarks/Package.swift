// swift-tools-version: 6.2
import PackageDescription

// A package of its own: who builds the product need not build this, and what is only for measuring stays out of it.
let package = Package(
    name: "Benchmarks",
    dependencies: [
        .package(name: "norfaced", path: ".."),
        .package(url: "https://github.com/apple/swift-system", from: "1.8.1"),
    ],
    targets: [
        .executableTarget(
            name: "norface-bench",
            dependencies: [
                .product(name: "Inference", package: "norfaced"),
                .product(name: "SystemPackage", package: "swift-system"),
            ],
            swiftSettings: [
                .enableUpcomingFeature("ExistentialAny"),
                .enableUpcomingFeature("InternalImportsByDefault"),
                .enableUpcomingFeature("MemberImportVisibility"),
                .treatAllWarnings(as: .error),
            ]),
        .executableTarget(
            name: "norface-kernels",
            dependencies: [.product(name: "CKernels", package: "norfaced")],
            cSettings: [
                .unsafeFlags(["-O2"]), .enableWarning("all"), .enableWarning("extra"), .treatAllWarnings(as: .error),
            ],
            linkerSettings: [.linkedLibrary("openblas")]),
    ],
    swiftLanguageModes: [.v6]
)
