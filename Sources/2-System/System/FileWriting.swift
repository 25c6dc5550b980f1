import Glibc

/// Changes to the file system that commands need. Blocking; never called on an event loop that serves.
extension Files {
    /// Makes a folder in one that exists already. Source: mkdir(2)
    /// - Throws: `FileError`; `isPresent` when something is there.
    package static func makeFolder(_ path: String) throws(FileError) {
        guard mkdir(path, 0o777) == 0 else { throw FileError(path: path, code: errno) }
    }

    /// Makes a folder, and those above it that are missing; its owner's alone unless `mode` says otherwise.
    package static func makeFolders(_ path: String, mode: UInt32 = 0o700) throws(FileError) {
        if path.isEmpty || isFolder(path) { return }
        try makeFolders(folder(of: path), mode: mode)
        guard mkdir(path, mode_t(mode)) == 0 || errno == EEXIST && isFolder(path) else {
            throw FileError(path: path, code: errno)
        }
    }

    /// Removes a file, if it's there.
    package static func remove(_ path: String) { unlink(path) }

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
