import Calendar
import System

/// Removes record files that are too old or take too much: at the start, on a new day, each hour, and when they have
/// grown too large.
struct RecordTidying {
    private static let everyMs: Int64 = 3_600_000
    /// How often the sizes are checked.
    private static let sizesEveryMs: Int64 = 10_000

    private let clock: RecordClock
    private var evenClock: EvenClock
    private var lastMs: Int64 = .min
    private var lastSizesMs: Int64 = .min
    private var lastDay: UTCDay?
    private var lastSettings: RecordSettings?
    /// Files in the folder, and their bytes, at the last check.
    private(set) var files = 0
    private(set) var bytes: Int64 = 0
    /// Whether the present day's files alone take all the room.
    private(set) var isFull = false

    init(_ clock: RecordClock) {
        self.clock = clock
        evenClock = EvenClock(wallMs: clock.nowMs(), steadyMs: clock.steadyMs())
    }

    /// A file was added: the sizes are checked with the next write.
    mutating func lookSoon() { lastSizesMs = .min }

    /// - Parameters:
    ///   - closing: called with the name of a file before it is removed.
    /// - Returns: how many files were removed because all took too much, and the day of the last of them; nil for
    ///   none.
    mutating func run(
        _ folder: RecordFolder,
        _ settings: RecordSettings,
        closing: (RecordFileName) -> Void
    ) -> (count: Int, last: UTCDay)? {
        let (nowMs, steadyMs) = (clock.nowMs(), clock.steadyMs())
        let isTrusted = evenClock.isTrusted(wallMs: nowMs, steadyMs: steadyMs)
        let today = UTCDay(ms: nowMs)
        let isDue = lastDay != today || lastSettings != settings || steadyMs >= lastMs + Self.everyMs
        guard isDue || steadyMs >= lastSizesMs + Self.sizesEveryMs else { return nil }
        lastSizesMs = steadyMs
        guard var found = try? folder.files() else { return nil }
        let retention = RecordRetention(keepDays: settings.keepDays, bytesMax: settings.bytesMax)
        var gone: [RecordFolder.File] = []
        if isDue {
            (lastMs, lastDay, lastSettings) = (steadyMs, today, settings)
            gone = retention.outdated(found, today: today, isTrusted: isTrusted)
            found.removeAll { gone.contains($0) }
        }
        let excess = retention.excess(found, today: today)
        isFull = excess.isFull
        found.removeAll { excess.files.contains($0) }
        for file in gone + excess.files {
            closing(file.name)
            folder.remove(file.name)
        }
        (files, bytes) = (found.count, found.reduce(0) { $0 + $1.bytes })
        return excess.files.last.map { (excess.files.count, $0.name.day) }
    }
}
