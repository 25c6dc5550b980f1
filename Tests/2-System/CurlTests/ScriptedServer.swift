import Foundation
import Synchronization

/// A server that answers each request with the next prepared bytes, for answers that a proper server would never
/// give.
///
/// A thread per connection; `stop()` joins them.
final class ScriptedServer: Sendable {
    enum Step: Sendable {
        /// Exactly these bytes; the connection stays open.
        case reply(String)
        /// These bytes, then the end of the connection.
        case replyAndClose(String)
        /// Nothing, until the client goes away.
        case hang
    }

    private struct State {
        var steps: [Step]
        var requests: [String] = []
        var open: [CInt] = []
        var connectionCount = 0
        var isStopped = false
    }

    private let state: Mutex<State>
    private let listener: CInt
    private let threads = DispatchGroup()
    let port: Int

    init(_ steps: [Step]) {
        state = Mutex(State(steps: steps))
        listener = socket(AF_INET, CInt(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = inet_addr("127.0.0.1")
        var count = socklen_t(MemoryLayout<sockaddr_in>.size)
        let (listener, size) = (listener, count)
        withUnsafeMutablePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { raw in
                precondition(bind(listener, raw, size) == 0 && listen(listener, 16) == 0)
                precondition(getsockname(listener, raw, &count) == 0)
            }
        }
        port = Int(UInt16(bigEndian: address.sin_port))
        start { $0.accept() }
    }

    /// The requests so far, whole and as they came.
    var requests: [String] { state.withLock { $0.requests } }
    var openCount: Int { state.withLock { $0.open.count } }
    var connectionCount: Int { state.withLock { $0.connectionCount } }

    func stop() {
        state.withLock { state in
            state.isStopped = true
            for fd in state.open { shutdown(fd, CInt(SHUT_RDWR)) }
        }
        shutdown(listener, CInt(SHUT_RDWR))
        threads.wait()
        close(listener)
    }

    private func start(_ body: @escaping @Sendable (ScriptedServer) -> Void) {
        threads.enter()
        Thread.detachNewThread {
            body(self)
            self.threads.leave()
        }
    }

    private func accept() {
        while true {
            let fd = Glibc.accept(listener, nil, nil)
            guard fd >= 0 else { return }
            let goesOn = state.withLock { state in
                guard !state.isStopped else { return false }
                state.open.append(fd)
                state.connectionCount += 1
                return true
            }
            guard goesOn else {
                close(fd)
                return
            }
            start { $0.serve(fd) }
        }
    }

    private func serve(_ fd: CInt) {
        defer {
            // Under the lock, so that a count of 0 means that every connection has been closed.
            state.withLock { state in
                close(fd)
                state.open.removeAll { $0 == fd }
            }
        }
        while let request = readRequest(fd) {
            let step = state.withLock { state -> Step? in
                state.requests.append(request)
                return state.steps.isEmpty ? nil : state.steps.removeFirst()
            }
            switch step {
            case .reply(let text): send(fd, text)
            case .replyAndClose(let text):
                send(fd, text)
                return
            case .hang:
                var byte: UInt8 = 0
                while read(fd, &byte, 1) > 0 {}
                return
            case nil: return
            }
        }
    }

    private func send(_ fd: CInt, _ text: String) {
        let bytes = Array(text.utf8)
        var sent = 0
        while sent < bytes.count {
            let count = bytes.withUnsafeBytes {
                Glibc.send(fd, $0.baseAddress.map { $0 + sent }, bytes.count - sent, CInt(MSG_NOSIGNAL))
            }
            guard count > 0 else { return }
            sent += count
        }
    }

    /// A head and as much body as its Content-Length says.
    private func readRequest(_ fd: CInt) -> String? {
        var text = ""
        var byte: UInt8 = 0
        while !text.hasSuffix("\r\n\r\n") {
            guard read(fd, &byte, 1) == 1 else { return nil }
            text.unicodeScalars.append(Unicode.Scalar(byte))
        }
        var left = 0
        for line in text.components(separatedBy: "\r\n") where line.lowercased().hasPrefix("content-length:")
        {
            left = Int(line.dropFirst(15).trimmingCharacters(in: .whitespaces)) ?? 0
        }
        while left > 0, read(fd, &byte, 1) == 1 {
            text.unicodeScalars.append(Unicode.Scalar(byte))
            left -= 1
        }
        return text
    }
}
