import Glibc
import Sockets

/// Two connected non-blocking sockets, closed with their owner.
final class SocketPair {
    private(set) var client: CInt
    private(set) var server: CInt

    init() {
        signal(SIGPIPE, SIG_IGN)
        var ends: [CInt] = [-1, -1]
        let kind = CInt(SOCK_STREAM.rawValue | SOCK_NONBLOCK.rawValue | SOCK_CLOEXEC.rawValue)
        precondition(socketpair(AF_UNIX, kind, 0, &ends) == 0)
        (client, server) = (ends[0], ends[1])
    }

    deinit {
        closeClient()
        closeServer()
    }

    func closeClient() {
        if client >= 0 { close(client) }
        client = -1
    }

    func closeServer() {
        if server >= 0 { close(server) }
        server = -1
    }

    func sendAsClient(_ bytes: [UInt8]) { precondition(write(client, bytes, bytes.count) == bytes.count) }

    /// What the server has sent so far, as it is on the wire.
    func receivedByClient() -> [UInt8] {
        var buffer = [UInt8](repeating: 0, count: 65536)
        let count = read(client, &buffer, buffer.count)
        return Array(buffer.prefix(max(0, count)))
    }
}

/// Both ends of one connection, driven in turn by the test itself: no thread, no waiting.
struct Conversation {
    let sockets = SocketPair()
    let client: TLSSession
    let server: TLSSession

    init(server: TLSContext, client: TLSContext, host: String = "localhost") throws {
        self.client = try TLSSession(context: client, fd: sockets.client, role: .client(host: host))
        self.server = try TLSSession(context: server, fd: sockets.server, role: .server)
    }

    /// Takes turns until both ends have an outcome that is not "wait".
    func shakeHands() -> (client: TLSSession.Outcome, server: TLSSession.Outcome) {
        var outcomes: (client: TLSSession.Outcome, server: TLSSession.Outcome) = (.wantRead, .wantRead)
        for _ in 0..<20 {
            if waits(outcomes.client) { outcomes.client = client.handshake() }
            if waits(outcomes.server) { outcomes.server = server.handshake() }
            if case .failed = outcomes.client { sockets.closeClientIfServerStillWaits(outcomes.server) }
        }
        return outcomes
    }

    /// Sends `bytes` from one end to the other, turn by turn, and returns what arrived.
    func carry(_ bytes: [UInt8], from sender: TLSSession, to receiver: TLSSession) -> [UInt8] {
        var sent = 0
        var received: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 10_000)
        while received.count < bytes.count {
            var hasMoved = false
            if sent < bytes.count,
                case .done(let count) = bytes.withUnsafeBytes({ sender.write(.init(rebasing: $0[sent...])) })
            {
                sent += count
                hasMoved = true
            }
            while case .done(let count) = buffer.withUnsafeMutableBytes({ receiver.read(into: $0) }) {
                received += buffer[..<count]
                hasMoved = true
            }
            if !hasMoved { break }
        }
        return received
    }
}

private func waits(_ outcome: TLSSession.Outcome) -> Bool { outcome == .wantRead || outcome == .wantWrite }

extension SocketPair {
    fileprivate func closeClientIfServerStillWaits(_ outcome: TLSSession.Outcome) {
        // The alert that explains the failure is already in the server's socket; the end of file follows it.
        if waits(outcome) { shutdown(client, CInt(SHUT_WR)) }
    }
}
