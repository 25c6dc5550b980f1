@preconcurrency import Glibc

/// A file being written: it has a temporary name until it is complete, so that nobody finds a part of it.
///
/// It is private to its owner, and in the folder of the file that it becomes, as a rename doesn't cross file systems.
/// Blocking; never on an event loop. Removed unless `publish` was called.
package struct NewFile: ~Copyable {
    /// The temporary path.
    package let path: String
    private let goal: String
    private var isPublished = false

    /// Makes the empty file, with mode 0600, whatever the umask.
    /// - Throws: `FileError` when the folder is missing or may not be written.
    package init(becoming goal: String) throws(FileError) {
        let folder = Files.folder(of: goal)
        let name =
            goal.utf8.lastIndex(of: UInt8(ascii: "/")).map { goal[goal.utf8.index(after: $0)...] }
            ?? goal[...]
        let stem = String(decoding: name.utf8.prefix(100), as: UTF8.self)
        var made: String?
        var code = EEXIST
        for _ in 0..<8 where made == nil && code == EEXIST {
            let mark = String(UInt32.random(in: .min ... .max), radix: 36)
            let path = (folder.isEmpty ? "" : folder == "/" ? "/" : "\(folder)/") + ".\(stem).\(mark).new"
            let file = open(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0o600)
            code = file < 0 ? errno : 0
            guard file >= 0 else { continue }
            close(file)
            made = path
        }
        guard let made else { throw FileError(path: folder.isEmpty ? "." : folder, code: code) }
        path = made
        self.goal = goal
    }

    deinit { if !isPublished { unlink(path) } }

    /// Replaces the file's content by `bytes`.
    package borrowing func write(_ bytes: [UInt8]) throws(FileError) {
        let file = open(path, O_WRONLY | O_TRUNC | O_NOFOLLOW | O_CLOEXEC)
        guard file >= 0 else { throw FileError(path: path, code: errno) }
        defer { close(file) }
        var rest = bytes[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { Glibc.write(file, $0.baseAddress, $0.count) }
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { throw FileError(path: path, code: count == 0 ? EIO : errno) }
            rest = rest.dropFirst(count)
        }
    }

    /// Syncs the file to the disk, gives it its name, and syncs the name too.
    ///
    /// A link of that name is itself replaced; the file that it leads to stays as it is.
    /// - Parameters:
    ///   - mode: the permissions that the file gets.
    ///   - replacing: whether a file of that name may be there.
    /// - Throws: `FileError`, with `EEXIST` when there is such a file and it may not be replaced.
    package consuming func publish(mode: UInt32 = 0o600, replacing: Bool) throws(FileError) {
        let file = open(path, O_RDONLY | O_NOFOLLOW | O_CLOEXEC)
        guard file >= 0 else { throw FileError(path: path, code: errno) }
        let isKept = fchmod(file, mode_t(mode)) == 0 && fsync(file) == 0
        let code = errno
        close(file)
        guard isKept else { throw FileError(path: path, code: code) }
        try rename(replacing: replacing)
        isPublished = true
        Self.sync(folder: Files.folder(of: goal))
    }

    private borrowing func rename(replacing: Bool) throws(FileError) {
        if replacing {
            guard Glibc.rename(path, goal) == 0 else { throw FileError(path: goal, code: errno) }
            return
        }
        // Unlike a rename, link(2) never replaces a file.
        if link(path, goal) == 0 {
            unlink(path)
            return
        }
        let code = errno
        // Some file systems have no hard links.
        guard [EPERM, ENOTSUP, ENOSYS, EMLINK].contains(code) else { throw FileError(path: goal, code: code) }
        var status = stat()
        guard lstat(goal, &status) != 0, errno == ENOENT else { throw FileError(path: goal, code: EEXIST) }
        guard Glibc.rename(path, goal) == 0 else { throw FileError(path: goal, code: errno) }
    }

    /// Syncs the folder, so that the name survives a power failure too. Errors are ignored: the file itself is
    /// complete.
    private static func sync(folder: String) {
        let descriptor = open(folder.isEmpty ? "." : folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard descriptor >= 0 else { return }
        fsync(descriptor)
        close(descriptor)
    }
}
