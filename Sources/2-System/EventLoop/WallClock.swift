package import Calendar
import CLinux

/// The machine's own time. A few nanoseconds, any thread.
package enum WallClock {
    /// Milliseconds since 1970.
    @Sendable
    package static func nowMs() -> Int64 { linux_realtime_ms() }

    /// The time in whole seconds, for signatures.
    @Sendable
    package static func now() -> UTCTime { UTCTime(ms: nowMs()) }
}
