import Glibc

/// Reads a whole file: returns its bytes, or `nil` when there is no such file; throws why it can't be read.
package typealias FileReader = @Sendable (_ path: String) throws(FileFault) -> [UInt8]?

/// Why a file that exists can't be read.
package struct FileFault: Error, Equatable, Sendable {
    package let reason: String

    package init(reason: String) { self.reason = reason }
}

/// Reads small files of the operator. Blocks: for start-up and for reloads.
package enum FileContents {
    /// The largest file that is read.
    static let bytesMax = 4 << 20

    @Sendable
    package static func read(_ path: String) throws(FileFault) -> [UInt8]? {
        let fd = unsafe open(path, O_RDONLY | O_CLOEXEC)
        guard fd >= 0 else {
            let code = errno
            if code == ENOENT || code == ENOTDIR { return nil }
            throw FileFault(reason: reason(code))
        }
        defer { close(fd) }
        var bytes = [UInt8](repeating: 0, count: 16 << 10)
        var filled = 0
        while true {
            if filled == bytes.count {
                guard bytes.count < bytesMax else { throw FileFault(reason: "larger than \(bytesMax) bytes") }
                bytes.append(contentsOf: repeatElement(0, count: bytes.count))
            }
            // The buffer is the array's own, and the length is the free space left in it.
            let count = unsafe bytes.withUnsafeMutableBytes { buffer in
                unsafe Glibc.read(fd, buffer.baseAddress.map { unsafe $0 + filled }, buffer.count - filled)
            }
            if count == 0 { return Array(bytes[..<filled]) }
            if count > 0 {
                filled += count
            } else if errno != EINTR {
                throw FileFault(reason: reason(errno))
            }
        }
    }

    private static func reason(_ code: CInt) -> String { unsafe String(cString: strerror(code)) }
}
