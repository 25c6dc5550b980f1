/// How resources are watched by polling, and the bounds of that.
package struct WatchSettings: Sendable {
    /// How often each watched resource is read; nil where none can be watched.
    package var interval: Duration?
    /// The most watches of one stream, and of one legacy session.
    package var perStreamMax = 16
    /// The most watches of all.
    package var max = 5000
    /// The most polls that are under way at once on one loop: of all tenants, and of one.
    package var pollsMax = 8
    package var pollsPerTenantMax = 2
    /// How long a poll may take. Until then it holds its place among those under way.
    package var pollTimeout = Duration.seconds(30)

    package init() {}

    /// How long to wait before the next poll of a resource: the interval, doubled for each failure in a row, up to 16 times.
    func wait(failures: Int) -> Duration { (interval ?? .zero) * (1 << min(failures, 4)) }
}
