import CLinux
package import EventLoop
import Glibc

/// Asks one `LocalListener` of this machine.
package enum LocalQuestion {
    package enum Outcome: Sendable, Equatable {
        case answered(String, process: Int)
        /// Somebody listens, but gave no answer in time. The process's id is 0 when it can't be seen from here.
        case silent(process: Int)
        /// Nobody listens. A killed process leaves its name behind.
        case nobody
    }

    /// Asks and waits for the answer, at most `limit`. On the loop; never blocks.
    package static func ask(
        _ question: String,
        folder: String,
        name: String,
        within limit: Duration,
        on loop: EventLoop
    ) async -> Outcome {
        let fd = linux_local_connect(folder, name)
        guard fd >= 0 else { return outcome(of: -fd) }
        let process = Int(linux_local_peer(fd))
        guard send(fd, question) else {
            close(fd)
            return .silent(process: process)
        }
        let answer = await withUnsafeContinuation { Waiting(fd, loop, $0).begin(limit) }
        close(fd)
        return answer.map { .answered($0, process: process) } ?? .silent(process: process)
    }

    /// Whether somebody listens, and which process. Any thread; never blocks.
    package static func listening(folder: String, name: String) -> Outcome {
        let fd = linux_local_connect(folder, name)
        guard fd >= 0 else { return outcome(of: -fd) }
        defer { close(fd) }
        return .silent(process: Int(linux_local_peer(fd)))
    }

    /// Removes the name of a listener that is gone.
    package static func remove(folder: String, name: String) { linux_local_remove(folder, name) }

    /// EAGAIN means a full queue: the process is alive, but stuck.
    private static func outcome(of code: CInt) -> Outcome {
        code == EAGAIN || code == EACCES || code == EPERM ? .silent(process: 0) : .nobody
    }

    /// Waits for the answer on the loop.
    private final class Waiting: PollSink {
        private let fd: CInt
        private let loop: EventLoop
        private var continuation: UnsafeContinuation<String?, Never>?
        private var box: SinkBox?
        private var timer: LoopTimer?

        init(_ fd: CInt, _ loop: EventLoop, _ continuation: UnsafeContinuation<String?, Never>) {
            self.fd = fd
            self.loop = loop
            self.continuation = continuation
        }

        func begin(_ limit: Duration) {
            guard let box = try? loop.watch(fd, .readable, self) else { return end(nil) }
            self.box = box
            // The timer keeps `self` alive until the answer or the deadline has come.
            let timer = LoopTimer { self.end(nil) }
            self.timer = timer
            loop.arm(timer, after: limit)
        }

        func ready(_ events: Interest) { end(receive(fd)) }

        private func end(_ answer: String?) {
            if let box { loop.unwatch(fd, box) }
            if let timer {
                loop.disarm(timer)
                timer.action = nil
            }
            (box, timer) = (nil, nil)
            continuation?.resume(returning: answer)
            continuation = nil
        }
    }
}
