import Glibc
import Sockets

/// Many connections at once from one thread, none of which waits; each has one request whose body lacks its last byte.
///
/// A test pushes as long as it likes; bytes that the server doesn't take stay here.
package final class Flood {
    private struct Stream {
        let fd: CInt
        let tls: TLSSession?
        var sent = 0
        var received = ResponseReader()
        var status: Int?
        var isOver = false
    }

    private var streams: [Stream] = []
    private let head: [UInt8]
    private let bytes: Int
    private let filler = [UInt8](repeating: 97, count: 65_536)

    /// Connects all; over TLS if `caFile` is given, and then the handshakes are done too.
    /// - Parameters:
    ///   - head: lines of each request, without `Host`, `Content-Length` and the empty line.
    ///   - bodyBytes: the announced length of each body.
    package init(
        _ count: Int,
        port: Int,
        head: String,
        bodyBytes: Int,
        caFile: String? = nil
    ) throws {
        let context = try caFile.map { try TLSContext.client(caFile: $0) }
        signal(SIGPIPE, SIG_IGN)  // OpenSSL writes without MSG_NOSIGNAL
        self.head = Array("\(head)Host: 127.0.0.1\r\nContent-Length: \(bodyBytes)\r\n\r\n".utf8)
        bytes = self.head.count + bodyBytes - 1
        for _ in 0..<count { streams.append(try Self.connect(port, context)) }
    }

    deinit { close() }

    package var count: Int { streams.count }

    /// Statuses of the answers so far, and how often each came.
    package var statuses: [Int: Int] {
        Dictionary(streams.compactMap { $0.status.map { ($0, 1) } }, uniquingKeysWith: +)
    }

    /// The connections that were answered, or closed without an answer.
    package var endedCount: Int { streams.count { $0.isOver } }

    package func close() {
        for stream in streams { Glibc.close(stream.fd) }
        streams = []
    }

    /// Sends as much as the kernel takes, and reads what has arrived.
    /// - Returns: the number of bytes sent.
    package func push() -> Int {
        var sum = 0
        for index in streams.indices where !streams[index].isOver {
            sum += send(&streams[index])
            receive(&streams[index])
        }
        return sum
    }

    private func send(_ stream: inout Stream) -> Int {
        let start = stream.sent
        while stream.sent < bytes {
            let piece =
                stream.sent < head.count
                ? head[stream.sent...] : filler.prefix(min(filler.count, bytes - stream.sent))
            let tls = stream.tls
            let fd = stream.fd
            let count = piece.withUnsafeBytes { piece -> Int in
                guard let tls else {
                    return Glibc.send(fd, piece.baseAddress, piece.count, CInt(MSG_NOSIGNAL))
                }
                guard case .done(let count) = tls.write(piece) else { return 0 }
                return count
            }
            guard count > 0 else { break }
            stream.sent += count
        }
        return stream.sent - start
    }

    private func receive(_ stream: inout Stream) {
        var buffer = [UInt8](repeating: 0, count: 4096)
        let (tls, fd) = (stream.tls, stream.fd)
        let count = buffer.withUnsafeMutableBytes { room -> Int in
            guard let tls else {
                let count = recv(fd, room.baseAddress, room.count, 0)
                return count < 0 && errno == EAGAIN ? -1 : max(0, count)
            }
            switch tls.read(into: room) {
            case .done(let count): return count
            case .wantRead, .wantWrite: return -1
            case .closed, .failed: return 0
            }
        }
        guard count > 0 else {
            stream.isOver = count == 0
            return
        }
        stream.received.append(buffer[..<count])
        guard let answer = stream.received.next(toHead: false, isEnd: false), answer.status >= 200 else {
            return
        }
        stream.status = answer.status
        stream.isOver = true
    }

    private static func connect(_ port: Int, _ context: TLSContext?) throws -> Stream {
        let fd = socket(AF_INET, CInt(SOCK_STREAM.rawValue), 0)
        // The kernel's own memory for the connection is kept small, because it isn't what is measured.
        var small: CInt = 65_536
        setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &small, 4)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = in_port_t(port).bigEndian
        address.sin_addr.s_addr = inet_addr("127.0.0.1")
        let code = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                Glibc.connect(fd, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        guard code == 0 else {
            Glibc.close(fd)
            throw RawClientError(text: "connect: \(String(cString: strerror(errno)))")
        }
        var session: TLSSession?
        if let context {
            let made = try TLSSession(context: context, fd: fd, role: .client(host: "localhost"))
            guard case .done = made.handshake() else {
                Glibc.close(fd)
                throw RawClientError(text: "the handshake failed")
            }
            session = made
        }
        _ = fcntl(fd, F_SETFL, O_NONBLOCK)
        return Stream(fd: fd, tls: session)
    }
}
