/// What a descriptor is watched for, and what it is reported as. Source: epoll_ctl(2).
package struct Interest: OptionSet, Sendable {
    package let rawValue: UInt32
    @inlinable package init(rawValue: UInt32) { self.rawValue = rawValue }

    @inlinable package static var readable: Interest { Interest(rawValue: 0x001) }
    @inlinable package static var writable: Interest { Interest(rawValue: 0x004) }
    /// Reported always, whether asked for or not.
    @inlinable package static var failed: Interest { Interest(rawValue: 0x008) }
    /// Reported always, whether asked for or not.
    @inlinable package static var hungUp: Interest { Interest(rawValue: 0x010) }
    /// The peer closed its writing half, or the whole connection.
    @inlinable package static var peerClosed: Interest { Interest(rawValue: 0x2000) }
    /// Reports each change once; the owner reads or writes until the kernel has no more.
    @inlinable package static var edgeTriggered: Interest { Interest(rawValue: 0x8000_0000) }

    /// The events that a connection is watched for, set once for its whole life.
    package static var connection: Interest { Interest(rawValue: 0x8000_2005) }

    /// Whether any of the bits of `other` is set. Cheaper than set algebra across modules.
    @inlinable package func hasAny(_ other: Interest) -> Bool { rawValue & other.rawValue != 0 }

    /// `readable` or `peerClosed`: there is something to read, or the end.
    @inlinable package static var readableOrClosed: Interest { Interest(rawValue: 0x2001) }
    /// All events after which a read tells more: `readableOrClosed` and `broken`.
    @inlinable package static var readableOrBroken: Interest { Interest(rawValue: 0x2019) }
    /// `failed` or `hungUp`.
    @inlinable package static var broken: Interest { Interest(rawValue: 0x018) }
}

/// The receiver of reports that a descriptor is ready. Called on the loop's thread only.
package protocol PollSink: AnyObject {
    func ready(_ events: Interest)
}
