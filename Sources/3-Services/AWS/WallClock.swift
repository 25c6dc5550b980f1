import Glibc
package import SigV4

/// The machine's own time, for signatures. A few nanoseconds, any thread.
package enum WallClock {
    @Sendable
    package static func now() -> SigningTime { SigningTime(epochSeconds: time(nil)) }
}
