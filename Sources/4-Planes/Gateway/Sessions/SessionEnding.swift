package import Policy

/// Ends legacy sessions for good: the port to the store. Any thread.
package protocol SessionEnding: Sendable {
    /// Ends a session.
    ///
    /// When this returns `ended`, all loops of all servers on the store refuse the session, and still do after a
    /// restart.
    func end(_ session: SessionMark) async -> SessionEndOutcome
}

/// What became of a session that was to be ended.
package enum SessionEndOutcome: Sendable, Equatable {
    case ended
    /// Too many endings are remembered already; the session goes on.
    case full
    /// The store can't be written, or too many others wait for it; the session may go on.
    case unavailable
}
