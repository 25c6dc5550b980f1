import Glibc

/// Writes that commands need. Blocking; never called on an event loop that serves.
extension Files {
    /// Makes a folder, in one that is there already. Source: mkdir(2)
    /// - Throws: `FileError`; `isPresent` when something is there.
    package static func makeFolder(_ path: String) throws(FileError) {
        guard mkdir(path, 0o777) == 0 else { throw FileError(path: path, code: errno) }
    }

    /// Writes a new file, whole or not at all: it comes by its name when it is written.
    package static func write(_ text: String, to path: String) throws(FileError) {
        let draft = "\(path).tmp"
        let file = open(draft, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0o666)
        guard file >= 0 else { throw FileError(path: path, code: errno) }
        var rest = Array(text.utf8)[...]
        var code: CInt = 0
        while !rest.isEmpty, code == 0 {
            let count = rest.withUnsafeBytes { Glibc.write(file, $0.baseAddress, $0.count) }
            if count > 0 { rest = rest.dropFirst(count) } else if errno != EINTR { code = errno }
        }
        if close(file) != 0, code == 0 { code = errno }
        if code == 0, rename(draft, path) != 0 { code = errno }
        guard code == 0 else {
            unlink(draft)
            throw FileError(path: path, code: code)
        }
    }

    /// Removes a folder with all in it; a link is removed and not followed. What can't be removed stays.
    /// - Returns: whether nothing is left.
    @discardableResult
    package static func removeTree(_ path: String) -> Bool {
        var status = stat()
        guard lstat(path, &status) == 0 else { return errno == ENOENT }
        guard status.st_mode & S_IFMT == S_IFDIR else { return unlink(path) == 0 }
        for name in (try? names(inFolder: path)) ?? [] { removeTree("\(path)/\(name)") }
        return rmdir(path) == 0
    }
}

extension FileError {
    /// Whether something is at the path already.
    package var isPresent: Bool { code == EEXIST }
}
