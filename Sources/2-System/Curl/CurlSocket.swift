import CCurl
import EventLoop

/// One of libcurl's sockets in our epoll, and the events that epoll reports for it.
final class CurlSocket: PollSink {
    private let fd: CInt
    private weak var client: CurlClient?
    /// Whether our callback opened it, so that its closing is announced to us; others may vanish once libcurl drops
    /// them.
    let isConnection: Bool
    private var wanted: Interest = []
    private var registered: Interest = []
    private var box: SinkBox?

    init(_ fd: CInt, client: CurlClient, isConnection: Bool) {
        self.fd = fd
        self.client = client
        self.isConnection = isConnection
    }

    /// Keeps reading registered even when libcurl does not ask for it, until an event arrives that nobody wants.
    func want(_ interest: Interest) {
        wanted = interest
        if interest.isEmpty, box == nil { return }
        register(interest.union(.readable))
    }

    func unwatch() {
        if let box { client?.loop.unwatch(fd, box) }
        box = nil
        registered = []
    }

    func ready(_ events: Interest) {
        let alarms = events.intersection([.failed, .hungUp])
        // The connection is idle: libcurl checks it itself before using it again.
        if wanted.isEmpty { return unwatch() }
        guard !events.isDisjoint(with: wanted) || !alarms.isEmpty else { return register(wanted) }
        var flags: CInt = 0
        if events.contains(.readable) { flags |= CURL_CSELECT_IN }
        if events.contains(.writable) { flags |= CURL_CSELECT_OUT }
        if !alarms.isEmpty { flags |= CURL_CSELECT_ERR }
        client?.ready(fd, flags)
    }

    private func register(_ interest: Interest) {
        guard interest != registered, let loop = client?.loop else { return }
        do throws(LoopError) {
            if let box {
                try loop.rewatch(fd, interest, box)
            } else {
                box = try loop.watch(fd, interest, self)
            }
            registered = interest
        } catch {
            // epoll has no room: the transfer ends at its own deadline, which libcurl keeps with timers.
            registered = []
        }
    }
}
