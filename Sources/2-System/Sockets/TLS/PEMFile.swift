import COpenSSL
import Glibc

/// One PEM file, read whole, so that every fault can name the file and what is wrong with it.
///
/// The bytes are wiped when the owner is done with them: the file may be a private key.
struct PEMFile: ~Copyable {
    static let bytesMax = 4 << 20

    let path: String
    /// What the file is for, in words: "certificate file".
    let purpose: String
    private let bytes: UnsafeMutableRawBufferPointer

    init(_ path: String, purpose: String) throws(TLSError) {
        self.path = path
        self.purpose = purpose
        let fd = open(path, O_RDONLY | O_CLOEXEC)
        guard fd >= 0 else { throw Self.unreadable(path, purpose, errno) }
        defer { close(fd) }
        var status = stat()
        guard fstat(fd, &status) == 0 else { throw Self.unreadable(path, purpose, errno) }
        guard status.st_mode & S_IFMT != S_IFDIR else { throw Self.unreadable(path, purpose, EISDIR) }
        guard status.st_size <= Self.bytesMax else {
            throw .file(
                path,
                "\(purpose) \(path) is larger than \(Self.bytesMax) bytes; it is not a PEM file"
            )
        }
        let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: Self.bytesMax, alignment: 1)
        var count = 0
        while count < buffer.count {
            let got = read(fd, buffer.baseAddress?.advanced(by: count), buffer.count - count)
            if got < 0, errno == EINTR { continue }
            guard got >= 0 else {
                let code = errno
                buffer.deallocate()
                throw Self.unreadable(path, purpose, code)
            }
            if got == 0 { break }
            count += got
        }
        bytes = UnsafeMutableRawBufferPointer(start: buffer.baseAddress, count: count)
    }

    deinit {
        OPENSSL_cleanse(bytes.baseAddress, bytes.count)
        bytes.deallocate()
    }

    /// All certificates of the file in order, at least one. The caller frees them.
    func certificates() throws(TLSError) -> [OpaquePointer] {
        guard let source = BIO_new_mem_buf(bytes.baseAddress, CInt(bytes.count)) else {
            throw .library(doing: "reading \(path)")
        }
        defer { BIO_free(source) }
        ERR_clear_error()
        var found: [OpaquePointer] = []
        while let certificate = PEM_read_bio_X509(source, nil, refusePassphrase, nil) {
            found.append(certificate)
        }
        let code = ERR_peek_last_error()
        ERR_clear_error()
        let isAtEnd = ERR_GET_LIB(code) == ERR_LIB_PEM && ERR_GET_REASON(code) == PEM_R_NO_START_LINE
        guard isAtEnd, !found.isEmpty else {
            for certificate in found { X509_free(certificate) }
            if isAtEnd { throw .file(path, notPEM(wanted: "certificate")) }
            let which = "certificate number \(found.count + 1)"
            throw .file(
                path,
                "\(purpose) \(path): \(which) is damaged: \(TLSError.reason(code))",
                code: Int(code)
            )
        }
        return found
    }

    /// The file's private key. The caller frees it.
    func privateKey() throws(TLSError) -> OpaquePointer {
        guard let source = BIO_new_mem_buf(bytes.baseAddress, CInt(bytes.count)) else {
            throw .library(doing: "reading \(path)")
        }
        defer { BIO_free(source) }
        ERR_clear_error()
        var wasAsked = false
        let key = withUnsafeMutablePointer(to: &wasAsked) {
            PEM_read_bio_PrivateKey(source, nil, refusePassphrase, $0)
        }
        let code = ERR_peek_last_error()
        ERR_clear_error()
        if let key { return key }
        if wasAsked {
            throw .file(
                path,
                "\(purpose) \(path) is encrypted and there is no passphrase to give; "
                    + "store it decrypted (openssl pkey -in … -out …), readable by this user alone",
                code: Int(code)
            )
        }
        throw .file(path, notPEM(wanted: "private key"), code: Int(code))
    }

    private func notPEM(wanted: String) -> String {
        if bytes.isEmpty { return "\(purpose) \(path) is empty; it must hold a \(wanted) in PEM" }
        return "\(purpose) \(path) holds no \(wanted) in PEM (a block that starts with -----BEGIN …-----)"
    }

    private static func unreadable(_ path: String, _ purpose: String, _ code: CInt) -> TLSError {
        let words: String
        switch code {
        case ENOENT, ENOTDIR: words = "does not exist"
        case EACCES: words = "is not readable by this user"
        case EISDIR: words = "is a folder, not a file"
        default: words = "cannot be read: \(TLSError.words(forErrno: code))"
        }
        return .file(path, "\(purpose) \(path) \(words)", code: Int(code))
    }
}

/// Gives no passphrase; OpenSSL's default would ask at the terminal. Notes in `asked` (a Bool) that one was wanted.
@c private func refusePassphrase(
    _: UnsafeMutablePointer<CChar>?,
    _: CInt,
    _: CInt,
    _ asked: UnsafeMutableRawPointer?
) -> CInt {
    asked?.assumingMemoryBound(to: Bool.self).pointee = true
    return -1
}
