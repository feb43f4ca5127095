internal import JSON
internal import Platform
internal import SystemPackage

/// A value of a bundle's or a baseline's JSON file; what is wrong with it is an `ExpressionError`.
typealias ExpressionField = JSONField<ExpressionError>

extension JSONField where Failure == ExpressionError {
    /// The root of a JSON file.
    ///
    /// - Parameter code: the code of the errors thrown.
    init(file: FilePath, text: [UInt8], code: ExpressionError.Code) throws(ExpressionError) {
        try self.init(file: file.string, text: text) { ExpressionError(code, $0) }
    }
}
