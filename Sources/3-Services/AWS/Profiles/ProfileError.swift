/// An error in a shared file.
package struct ProfileError: Error, Equatable, Sendable, CustomStringConvertible {
    package let path: String
    /// Counted from 1; `nil` when the file can't be read at all.
    package let line: Int?
    package let reason: String

    package init(path: String, line: Int?, reason: String) {
        self.path = path
        self.line = line
        self.reason = reason
    }

    package var description: String {
        line.map { "\(path), line \($0): \(reason)" } ?? "cannot read \(path): \(reason)"
    }
}
