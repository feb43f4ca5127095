internal import CFFmpeg
internal import Glibc

/// Libav's library of devices. Webcams alone need it, and it brings what some hundred libraries weigh (windows, sound, graphics), so
/// that the program is not linked with it: it is loaded when the first webcam is opened, where it is installed.
package enum LibavDevices {
    /// The library's name, `libavdevice.so.59`: the version that the program was built for.
    package static let libraryName = String(cString: nf_avdevice_name())

    /// Debian's and Ubuntu's name of the package, `libavdevice59`.
    private static var packageName: String { libraryName.replacing(".so.", with: "") }

    /// What keeps the library from being used, nil when webcams can be opened. The first call loads it.
    package static let problem: String? = {
        let function = "avdevice_register_all"
        // It may be there already, under whatever name: a program may be linked with it all the same.
        var address = dlsym(nil, function)
        if address == nil {
            guard let library = dlopen(libraryName, RTLD_NOW) else {
                let reason = dlerror().map { String(cString: $0) } ?? "it cannot be loaded"
                return "webcams need \(libraryName), on Debian and Ubuntu the package \(packageName): \(reason)"
            }
            address = dlsym(library, function)
        }
        guard let address else { return "\(libraryName) has no \(function)" }
        unsafeBitCast(address, to: (@convention(c) () -> Void).self)()
        return nil
    }()
}
