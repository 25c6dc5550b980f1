@preconcurrency import Glibc

extension Files {
    /// The parts of a file's `stat` that are used here.
    package struct Status: Sendable, Equatable {
        package enum Kind: Sendable { case file, folder, link, other }

        package let kind: Kind
        package let bytes: Int64
        /// The nine permission bits and the sticky one.
        package let mode: UInt32
        package let owner: UInt32
        package let device: UInt64
        package let inode: UInt64

        /// Whether both are the same file, under whatever names.
        package func isSame(as other: Status) -> Bool { device == other.device && inode == other.inode }
    }

    /// The status of a path; nil when nothing is there, or when it may not be read.
    /// - Parameter followingLinks: whether a link's target is meant instead of the link.
    package static func status(_ path: String, followingLinks: Bool = true) -> Status? {
        var status = stat()
        guard (followingLinks ? stat(path, &status) : lstat(path, &status)) == 0 else { return nil }
        let kind: Status.Kind =
            switch status.st_mode & S_IFMT {
            case S_IFREG: .file
            case S_IFDIR: .folder
            case S_IFLNK: .link
            default: .other
            }
        return Status(
            kind: kind,
            bytes: Int64(status.st_size),
            mode: UInt32(status.st_mode & 0o1777),
            owner: status.st_uid,
            device: UInt64(status.st_dev),
            inode: UInt64(status.st_ino)
        )
    }

    /// The path with its links resolved; the path itself when nothing is there.
    package static func resolved(_ path: String) -> String {
        guard let real = realpath(path, nil) else { return path }
        defer { free(real) }
        return String(cString: real)
    }

    /// The user that this process acts as.
    package static var user: UInt32 { geteuid() }
}
