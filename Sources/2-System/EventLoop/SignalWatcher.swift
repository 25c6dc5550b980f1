import CLinux
import Glibc

/// Delivers process signals on a loop. Source: signalfd(2).
///
/// The signals must be blocked in every thread, so `block` comes before the first thread is started.
package final class SignalWatcher: PollSink {
    /// The signals a server answers to.
    package enum Signal: Sendable { case terminate, interrupt, hangUp }

    private let fd: CInt
    private let loop: EventLoop
    private let action: (Signal) -> Void
    private var box: SinkBox?

    /// Keeps the signals from ending the process, and SIGPIPE from ever being raised. Call it first of all.
    package static func block() {
        signal(SIGPIPE, SIG_IGN)
        var set = Self.set()
        pthread_sigmask(SIG_BLOCK, &set, nil)
    }

    private static func set() -> sigset_t {
        var set = sigset_t()
        sigemptyset(&set)
        for number in [SIGTERM, SIGINT, SIGHUP] { sigaddset(&set, number) }
        return set
    }

    /// Waits on the calling thread until one of the signals that `block` holds back comes, or the time is over.
    /// - Returns: nil when none came. Source: sigtimedwait(2)
    package static func wait(for limit: Duration) -> Signal? {
        var set = Self.set()
        let (seconds, attoseconds) = limit.components
        var time = timespec(tv_sec: Int(seconds), tv_nsec: Int(attoseconds / 1_000_000_000))
        return Signal(sigtimedwait(&set, nil, &time))
    }

    /// Loop thread. `action` is called there for each signal.
    package init(loop: EventLoop, action: @escaping (Signal) -> Void) throws(LoopError) {
        var set = Self.set()
        fd = signalfd(-1, &set, CInt(SFD_CLOEXEC | SFD_NONBLOCK))
        guard fd >= 0 else { throw LoopError(call: "signalfd", code: linux_errno()) }
        self.loop = loop
        self.action = action
        box = try loop.watch(fd, .readable, self)
    }

    /// Loop thread. Ends the delivery.
    package func stop() {
        guard let box else { return }
        loop.unwatch(fd, box)
        self.box = nil
        close(fd)
    }

    package func ready(_ events: Interest) {
        var info = signalfd_siginfo()
        while read(fd, &info, MemoryLayout<signalfd_siginfo>.size) == MemoryLayout<signalfd_siginfo>.size {
            if let signal = Signal(CInt(info.ssi_signo)) { action(signal) }
        }
    }
}

extension SignalWatcher.Signal {
    /// nil for any other number.
    fileprivate init?(_ number: CInt) {
        switch number {
        case SIGTERM: self = .terminate
        case SIGINT: self = .interrupt
        case SIGHUP: self = .hangUp
        default: return nil
        }
    }
}
