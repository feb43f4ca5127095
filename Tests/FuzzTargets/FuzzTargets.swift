/// What the fuzzers of the package Fuzzing call with their inputs. A failed precondition is a finding.
///
/// They stand in the main package, which sees what the tests see.
public enum FuzzTargets {}
