import Glibc

/// The file of a database whose engine keeps it in one, looked at from outside: for errors that say what to do, and to
/// notice that it was moved or replaced.
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

    /// Which file a name leads to. Source: stat(2)
    package struct Identity: Sendable, Equatable {
        package let device: UInt64
        package let inode: UInt64
    }

    /// The three files that an open database consists of; nil for one that isn't there.
    ///
    /// As long as a connection is open, all three stay the same: the log and its index go with the last connection.
    /// Source: https://www.sqlite.org/wal.html
    package struct Identities: Sendable, Equatable {
        package let main: Identity?
        package let log: Identity?
        package let index: Identity?
    }

    package let path: String

    package init(path: String) { self.path = path }

    /// The files that the names lead to at this moment. Links are followed, as SQLite does: the log lies beside the
    /// file that a link leads to. Three system calls, some microseconds.
    package func identities() -> Identities {
        let real = place.path
        return Identities(
            main: identity(of: path),
            log: identity(of: real + "-wal"),
            index: identity(of: real + "-shm")
        )
    }

    /// Whether something is, or may be, at the path; false only when the path certainly leads nowhere.
    package var exists: Bool { access(path, F_OK) == 0 || (errno != ENOENT && errno != ENOTDIR) }

    /// The folder that really holds the file, and its name there; a link that leads nowhere is followed too.
    package var place: (folder: String, name: String, path: String) {
        var path = path
        for _ in 0..<16 {
            var target = [CChar](repeating: 0, count: Int(PATH_MAX))
            let count = readlink(path, &target, target.count - 1)
            guard count > 0 else { break }
            let text = String(decoding: target[..<count].map { UInt8(bitPattern: $0) }, as: UTF8.self)
            path = text.hasPrefix("/") ? text : "\(DatabaseFile(path: path).directory)/\(text)"
        }
        let folder = DatabaseFile(path: path).directory
        let name = path.lastIndex(of: "/").map { String(path[path.index(after: $0)...]) } ?? path
        return (folder, name, path)
    }

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

    private func identity(of path: String) -> Identity? {
        var status = stat()
        guard stat(path, &status) == 0 else { return nil }
        return Identity(device: UInt64(status.st_dev), inode: UInt64(status.st_ino))
    }

    private func mode(of path: String) -> mode_t? {
        var status = stat()
        return stat(path, &status) == 0 ? status.st_mode : nil
    }
}
