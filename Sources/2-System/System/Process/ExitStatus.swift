/// How a process ended. Source: wait(2).
package enum ExitStatus: Equatable, Sendable {
    /// It returned from main or called exit: 0...255.
    case exited(Int)
    /// A signal ended it, e.g. 9 for SIGKILL.
    case signalled(Int)
}

/// The end of a child.
package struct ChildExit: Equatable, Sendable {
    package let status: ExitStatus
    /// The largest resident set the process had, in KiB.
    package let peakMemoryKiB: Int
}
