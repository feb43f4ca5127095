internal import Analysis
internal import Expression
internal import FaceTracking
internal import Faces
internal import Glibc
internal import Inference
internal import SystemPackage

/// Looks whether the machine has what the programs need. What it says of libav and cameras is `MachineFacts`, which knows video.
public enum Doctor {
    /// One thing that was looked at.
    public struct Finding: Sendable, Equatable {
        /// What came out.
        public enum Verdict: String, Sendable {
            /// As it should be.
            case good = "ok"
            /// It works, but not as well as it could.
            case poor = "warning"
            /// Something that is needed is missing.
            case bad = "FAILED"
        }

        /// What was looked at.
        public var subject: String
        /// What came out.
        public var verdict: Verdict
        /// What was found, and what to do about it.
        public var text: String
    }

    /// Looks at everything.
    ///
    /// - Parameter bundle: a folder or a bundle's name; nil is the default one.
    public static func examine(_ search: ModelSearch, bundle: String?) -> [Finding] {
        [machine, libav, blas] + frontEnd(search) + [faces(search), expression(search, bundle), cameras]
    }

    private static var machine: Finding {
        let processors = sysconf(Int32(_SC_NPROCESSORS_ONLN))
        let memory = sysconf(Int32(_SC_PHYS_PAGES)) * sysconf(Int32(_SC_PAGESIZE)) / (1 << 20)
        let isFast = EngineInfo.instructionSet != "portable"
        return Finding(
            subject: "machine", verdict: isFast ? .good : .poor,
            text: "\(processors) processors, \(memory) MB, kernels for \(EngineInfo.instructionSet)"
                + (isFast ? "" : "; without AVX2 or NEON the analysis is several times slower"))
    }

    private static var libav: Finding {
        let lacking = MachineFacts.missingDecoders
        return Finding(
            subject: "FFmpeg", verdict: lacking.isEmpty ? .good : .poor,
            text: MachineFacts.libavRelease
                + (lacking.isEmpty ? "" : "; no decoder for " + lacking.joined(separator: ", ")))
    }

    /// Cameras are not needed for files, so that their absence is no fault.
    private static var cameras: Finding {
        let (devices, locked) = MachineFacts.cameras
        guard locked.isEmpty else {
            return Finding(
                subject: "cameras", verdict: .poor,
                text: "no permission for \(locked.joined(separator: ", ")): join the group video")
        }
        if !devices.isEmpty, let problem = MachineFacts.cameraProblem {
            return Finding(subject: "cameras", verdict: .poor, text: problem)
        }
        return Finding(
            subject: "cameras", verdict: .good, text: devices.isEmpty ? "none" : devices.joined(separator: ", "))
    }

    private static var blas: Finding {
        EngineInfo.prepare()
        let isSingle = EngineInfo.blasThreads == 1
        return Finding(
            subject: "OpenBLAS", verdict: isSingle ? .good : .poor,
            text: "\(EngineInfo.blasVersion) for \(EngineInfo.blasCore), \(EngineInfo.blasThreads) thread"
                + (isSingle ? "" : "s; it should be one"))
    }

    private static func frontEnd(_ search: ModelSearch) -> [Finding] {
        let folder = search.frontEnd
        return ModelFetch.standings(in: folder).map { file, standing in
            switch standing {
            case .verified:
                Finding(subject: "front end", verdict: .good, text: "\(folder.appending(file.name)): \(file.purpose)")
            case .wrong(let reason): Finding(subject: "front end", verdict: .bad, text: reason)
            }
        }
    }

    private static func faces(_ search: ModelSearch) -> Finding {
        let folder = search.faces
        do {
            let networks = try FaceNetworks(directory: folder)
            return Finding(
                subject: "faces", verdict: .good,
                text: "\(networks.name) \(networks.version) in \(folder): "
                    + networks.hashes.map(\.name).joined(separator: ", "))
        } catch {
            return Finding(subject: "faces", verdict: .bad, text: error.message)
        }
    }

    private static func expression(_ search: ModelSearch, _ name: String?) -> Finding {
        let folder = search.bundle(named: name)
        do {
            let bundle = try ExpressionBundle(directory: folder)
            _ = try ExpressionAnalyzer(bundle: bundle, maximumFaces: 1)
            return Finding(
                subject: "bundle", verdict: .good,
                text: "\(bundle.name) \(bundle.version) in \(folder), \(bundle.labels.au.count) action units")
        } catch {
            return Finding(subject: "bundle", verdict: .bad, text: error.message)
        }
    }
}
