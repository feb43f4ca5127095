internal import Media
public import Platform
public import SystemPackage

/// The file that a video is to be written to, looked at before anything else is done.
public enum VideoTarget {
    /// Checks that a video can have this name, and that nothing which is read would be lost.
    ///
    /// - Throws: `Failure` with `usage` when the name says no kind of video file, or names one of the inputs.
    public static func check(_ output: FilePath, inputs: [Input]) throws(Failure) {
        guard VideoWriter.writes(output) else {
            throw Failure(
                .usage, "\(output): the name says no kind of video file; .mp4, .mkv, .mov, .avi and .webm are some")
        }
        guard let facts = FileFacts(output), InputIdentities(inputs).contains(facts) else { return }
        throw Failure(.usage, "\(output) is what is read itself, and would be lost; name another file")
    }
}
