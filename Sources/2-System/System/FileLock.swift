@preconcurrency import Glibc

/// A file that one holder at a time has locked, as long as it keeps this value; a killed process releases it.
///
/// The file stays when the lock ends: by then it could be locked by another holder, whose lock removing it would
/// break.
package struct FileLock: ~Copyable {
    package let path: String
    private let descriptor: CInt
    private let device: UInt64
    private let inode: UInt64

    /// Takes the lock; makes the file, readable by its owner alone, when there is none.
    ///
    /// - Returns: nil when another holder has it, in this process or in any other.
    /// - Throws: `FileError` when it can't be made or opened.
    /// Source: flock(2)
    package static func take(_ path: String) throws(FileError) -> FileLock? {
        let descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK, 0o600)
        guard descriptor >= 0 else { throw FileError(path: path, code: errno) }
        var status = stat()
        guard fstat(descriptor, &status) == 0, flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
            let code = errno
            close(descriptor)
            if code == EWOULDBLOCK { return nil }
            throw FileError(path: path, code: code)
        }
        return FileLock(
            path: path,
            descriptor: descriptor,
            device: UInt64(status.st_dev),
            inode: UInt64(status.st_ino)
        )
    }

    private init(path: String, descriptor: CInt, device: UInt64, inode: UInt64) {
        self.path = path
        self.descriptor = descriptor
        self.device = device
        self.inode = inode
    }

    deinit { close(descriptor) }

    /// Whether the path still leads to the file; if not, another process may take the lock too.
    package var isInPlace: Bool {
        guard let status = Files.status(path, followingLinks: false) else { return false }
        return status.device == device && status.inode == inode
    }
}
