@preconcurrency import Glibc

/// Reads of the file system that configuration needs. Blocking; never called on an event loop.
package enum Files {
    /// The whole of a regular file.
    ///
    /// Never waits for a pipe or a device: they are refused.
    /// - Throws: `FileError` when it can't be read or holds more than `bytesMax` bytes.
    /// Source: open(2), fstat(2), read(2)
    package static func read(_ path: String, bytesMax: Int) throws(FileError) -> [UInt8] {
        let file = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        guard file >= 0 else { throw FileError(path: path, code: errno) }
        defer { close(file) }
        var status = stat()
        guard fstat(file, &status) == 0 else { throw FileError(path: path, code: errno) }
        if status.st_mode & S_IFMT == S_IFDIR { throw FileError(path: path, code: EISDIR) }
        guard status.st_mode & S_IFMT == S_IFREG else {
            throw FileError(path: path, code: EINVAL, reason: "not a regular file")
        }
        var bytes: [UInt8] = []
        bytes.reserveCapacity(min(max(Int(status.st_size), 0), bytesMax))
        var chunk = [UInt8](repeating: 0, count: 16 * 1024)
        while true {
            let count = Glibc.read(file, &chunk, chunk.count)
            if count < 0 && errno == EINTR { continue }
            guard count >= 0 else { throw FileError(path: path, code: errno) }
            if count == 0 { return bytes }
            guard bytes.count + count <= bytesMax else {
                throw FileError(path: path, code: EFBIG, reason: "larger than \(bytesMax) bytes")
            }
            bytes.append(contentsOf: chunk[..<count])
        }
    }

    /// The first bytes of a regular file, fewer when it has no more.
    /// - Throws: `FileError` when it can't be read.
    package static func start(of path: String, bytes count: Int) throws(FileError) -> [UInt8] {
        let file = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        guard file >= 0 else { throw FileError(path: path, code: errno) }
        defer { close(file) }
        var status = stat()
        guard fstat(file, &status) == 0 else { throw FileError(path: path, code: errno) }
        guard status.st_mode & S_IFMT == S_IFREG else {
            throw FileError(path: path, code: EINVAL, reason: "not a regular file")
        }
        var bytes = [UInt8](repeating: 0, count: count)
        let read = pread(file, &bytes, count, 0)
        guard read >= 0 else { throw FileError(path: path, code: errno) }
        return Array(bytes.prefix(read))
    }

    /// Whether `path` is a regular file that users other than its owner may read or change.
    package static func isOpenToOthers(_ path: String) -> Bool {
        var status = stat()
        return stat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFREG && status.st_mode & 0o077 != 0
    }

    /// Whether `path` is a file that this process may run.
    package static func isProgram(_ path: String) -> Bool {
        var status = stat()
        return stat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFREG && access(path, X_OK) == 0
    }

    /// The names in a folder, without `.` and `..`, in byte order.
    /// - Throws: `FileError` when it can't be opened or read.
    /// Source: opendir(3), readdir(3)
    package static func names(inFolder path: String) throws(FileError) -> [String] {
        guard let folder = opendir(path) else { throw FileError(path: path, code: errno) }
        defer { closedir(folder) }
        var names: [String] = []
        while true {
            errno = 0
            guard let entry = readdir(folder) else {
                guard errno == 0 else { throw FileError(path: path, code: errno) }
                return names.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
            }
            let name = withUnsafeBytes(of: &entry.pointee.d_name) { bytes in
                String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
            }
            if name != ".", name != ".." { names.append(name) }
        }
    }

    /// Whether `path` is a folder, or a link to one.
    package static func isFolder(_ path: String) -> Bool {
        var status = stat()
        return stat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFDIR
    }

    /// Whether something is, or may be, at `path`; false only when the path certainly leads nowhere.
    package static func exists(_ path: String) -> Bool {
        access(path, F_OK) == 0 || (errno != ENOENT && errno != ENOTDIR)
    }

    /// `path` itself when it begins with `/`, else the current folder's path and `path`.
    package static func absolute(_ path: String) -> String {
        if path.hasPrefix("/") { return path }
        guard let current = getcwd(nil, 0) else { return path }
        defer { free(current) }
        let folder = String(cString: current)
        if path.isEmpty || path == "." { return folder }
        return folder.hasSuffix("/") ? folder + path : "\(folder)/\(path)"
    }

    /// `path`, which was written relative to `folder`, as seen from the current folder.
    package static func resolve(_ path: String, in folder: String) -> String {
        if path.hasPrefix("/") || folder.isEmpty || folder == "." { return path }
        return folder.hasSuffix("/") ? folder + path : "\(folder)/\(path)"
    }

    /// The folder part of a path; empty when it has none.
    package static func folder(of path: String) -> String {
        guard let slash = path.utf8.lastIndex(of: UInt8(ascii: "/")) else { return "" }
        return slash == path.startIndex ? "/" : String(path[..<slash])
    }

    /// The process's environment, as it is now. To be read at start, before threads may change it.
    package static func environment() -> [String: String] {
        var variables: [String: String] = [:]
        var next = environ
        while let entry = next.pointee {
            let text = String(cString: entry)
            if let equals = text.utf8.firstIndex(of: UInt8(ascii: "=")) {
                variables[String(text[..<equals])] = String(text[text.utf8.index(after: equals)...])
            }
            next += 1
        }
        return variables
    }
}

/// A file or folder that could not be read: its path, and the system's reason.
package struct FileError: Error, Equatable, CustomStringConvertible {
    package let path: String
    /// An `errno` value.
    package let code: Int32
    package let reason: String

    package init(path: String, code: Int32, reason: String? = nil) {
        self.path = path
        self.code = code
        self.reason = reason ?? String(cString: strerror(code))
    }

    /// Whether there is nothing at the path.
    package var isAbsent: Bool { code == ENOENT }

    package var description: String { "\(path): \(reason)" }
}
