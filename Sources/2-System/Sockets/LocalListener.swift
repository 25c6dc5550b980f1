import CLinux
package import EventLoop
import Glibc

/// Answers short questions from other processes of this machine and user, on a socket with a name in a folder.
///
/// Each connection carries one question and one answer, each one message. Bounded: askers at once, bytes of a
/// message, and the time of each asker. Lives on one loop's thread. Source: unix(7), SOCK_SEQPACKET
package final class LocalListener: PollSink {
    /// - Parameter user: the id of the asking process's user; nil when it isn't known.
    package typealias Answering = @Sendable (_ question: String, _ user: UInt32?) async -> String

    /// Bytes of a question or an answer.
    package static let messageBytesMax = 256
    private static let askersMax = 64
    private static let patience = Duration.seconds(5)

    private let loop: EventLoop
    private let folder: String
    private let name: String
    private let answering: Answering
    private let fd: CInt
    private var box: SinkBox?
    private var askers: [ObjectIdentifier: Asker] = [:]

    /// Listens from now on. On the loop.
    /// - Throws: the system's error, e.g. for a file system without sockets.
    package init(
        folder: String,
        name: String,
        loop: EventLoop,
        answering: @escaping Answering
    ) throws(LocalSocketError) {
        loop.assertCurrent()
        self.loop = loop
        self.folder = folder
        self.name = name
        self.answering = answering
        fd = linux_local_listen(folder, name, CInt(Self.askersMax))
        guard fd >= 0 else { throw LocalSocketError(code: -fd) }
        do throws(LoopError) {
            box = try loop.watch(fd, .readable, self)
        } catch {
            linux_local_remove(folder, name)
            Glibc.close(fd)
            throw LocalSocketError(code: error.code)
        }
    }

    /// Removes the name and hangs up on every asker. Calls after the first do nothing.
    package func close() {
        loop.assertCurrent()
        guard let box else { return }
        self.box = nil
        linux_local_remove(folder, name)
        loop.unwatch(fd, box)
        Glibc.close(fd)
        for asker in askers.values { asker.end() }
    }

    package func ready(_ events: Interest) {
        while true {
            var peer = sockaddr_storage()
            var count = socklen_t(MemoryLayout<sockaddr_storage>.size)
            let descriptor = linux_accept(fd, &peer, &count)
            guard descriptor >= 0 else { return }
            guard askers.count < Self.askersMax, let asker = Asker(descriptor, self) else {
                Glibc.close(descriptor)
                continue
            }
            askers[ObjectIdentifier(asker)] = asker
        }
    }

    /// One connection: reads its question, sends the answer, ends.
    private final class Asker: PollSink {
        private let fd: CInt
        private unowned let listener: LocalListener
        private var box: SinkBox?
        private var timer: LoopTimer?
        private var isAsked = false

        init?(_ fd: CInt, _ listener: LocalListener) {
            self.fd = fd
            self.listener = listener
            guard let box = try? listener.loop.watch(fd, .readable, self) else { return nil }
            self.box = box
            let timer = LoopTimer { [weak self] in self?.end() }
            self.timer = timer
            listener.loop.arm(timer, after: LocalListener.patience)
        }

        func ready(_ events: Interest) {
            // Anything after the question ends the connection.
            guard !isAsked, let question = receive(fd) else { return end() }
            isAsked = true
            let answering = listener.answering
            let user = UInt32(exactly: linux_local_user(fd))
            LoopBound(self, on: listener.loop).task { asker in
                asker.answer(await answering(question, user))
            }
        }

        private func answer(_ text: String) {
            if box != nil { send(fd, text) }
            end()
        }

        func end() {
            guard let box else { return }
            self.box = nil
            listener.loop.unwatch(fd, box)
            if let timer { listener.loop.disarm(timer) }
            Glibc.close(fd)
            listener.askers[ObjectIdentifier(self)] = nil
        }
    }
}

/// An operation on a local socket that failed.
package struct LocalSocketError: Error, CustomStringConvertible {
    /// An `errno` value.
    package let code: Int32

    package var description: String { errorText(code) }
}

/// The message that came; nil at the end, when nothing came, and for a message that is too long or not UTF-8.
func receive(_ fd: CInt) -> String? {
    var bytes = [UInt8](repeating: 0, count: LocalListener.messageBytesMax + 1)
    let count = recv(fd, &bytes, bytes.count, CInt(MSG_DONTWAIT))
    guard count > 0, count <= LocalListener.messageBytesMax else { return nil }
    return String(validating: bytes[..<count], as: UTF8.self)
}

/// Sends one message, if the peer takes it at once; returns whether it did.
@discardableResult
func send(_ fd: CInt, _ message: String) -> Bool {
    let bytes = Array(message.utf8.prefix(LocalListener.messageBytesMax))
    return Glibc.send(fd, bytes, bytes.count, CInt(MSG_DONTWAIT | MSG_NOSIGNAL)) == bytes.count
}
