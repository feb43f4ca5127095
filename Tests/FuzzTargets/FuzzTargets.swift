/// What the fuzzers of the package Fuzzing call with their inputs. Whatever ends the process is a finding.
///
/// They stand in the main package, which sees what the tests see.
public enum FuzzTargets {}

/// Ends the process with what should have held: `precondition` does not print its text in an optimised build.
func require(_ condition: Bool, _ text: @autoclosure () -> String) {
    if !condition { fatalError(text()) }
}
