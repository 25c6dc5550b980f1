import CLinux

/// What a descriptor is watched for, and what it is reported as. Source: epoll_ctl(2).
package struct Interest: OptionSet, Sendable {
    package let rawValue: UInt32
    package init(rawValue: UInt32) { self.rawValue = rawValue }

    package static let readable = Interest(rawValue: EPOLLIN.rawValue)
    package static let writable = Interest(rawValue: EPOLLOUT.rawValue)
    /// The peer closed its writing half, or the whole connection.
    package static let peerClosed = Interest(rawValue: EPOLLRDHUP.rawValue)
    /// Reported always, whether asked for or not.
    package static let failed = Interest(rawValue: EPOLLERR.rawValue)
    /// Reported always, whether asked for or not.
    package static let hungUp = Interest(rawValue: EPOLLHUP.rawValue)
    /// Reports each change once; the owner reads or writes until the kernel has no more.
    package static let edgeTriggered = Interest(rawValue: linux_EPOLLET)

    /// What a connection asks for, once for its whole life.
    package static let connection: Interest = [.readable, .writable, .peerClosed, .edgeTriggered]
}

/// Whoever is told that a descriptor is ready. Called on the loop's thread only.
package protocol PollSink: AnyObject {
    func ready(_ events: Interest)
}
