import Glibc

/// The file of a database, looked at from outside: for errors that say what to do, and for private creation.
///
/// Never reads or keeps the file open: closing any descriptor of it would drop this process's locks on it.
/// Source: https://www.sqlite.org/howtocorrupt.html section 2.2
package struct DatabaseFile: Sendable {
    package enum Problem: Sendable, Equatable {
        case directoryMissing(String)
        case directoryNotWritable(String)
        case isDirectory
        case notWritable
    }

    package let path: String

    package init(path: String) { self.path = path }

    /// The folder that holds the file.
    package var directory: String {
        guard let slash = path.lastIndex(of: "/") else { return "." }
        return slash == path.startIndex ? "/" : String(path[..<slash])
    }

    /// Why the file can't be opened for writing, if the file system says so. The folder matters too: the log and its
    /// index are made beside the file.
    package func problem() -> Problem? {
        guard mode(of: directory).map({ $0 & S_IFMT == S_IFDIR }) ?? false else {
            return .directoryMissing(directory)
        }
        if let mode = mode(of: path) {
            if mode & S_IFMT == S_IFDIR { return .isDirectory }
            if access(path, R_OK | W_OK) != 0 { return .notWritable }
        }
        if access(directory, W_OK | X_OK) != 0 { return .directoryNotWritable(directory) }
        return nil
    }

    /// Makes an empty file that only its owner may read: it will hold secrets. SQLite gives the log and its index the
    /// same permissions. Whatever goes wrong here, opening goes wrong too, and says it better.
    func createIfMissing() {
        let descriptor = open(path, O_CREAT | O_EXCL | O_RDWR | O_CLOEXEC, 0o600)
        if descriptor >= 0 { close(descriptor) }
    }

    private func mode(of path: String) -> mode_t? {
        var status = stat()
        return stat(path, &status) == 0 ? status.st_mode : nil
    }
}
