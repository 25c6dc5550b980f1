import Calendar

/// Decides which record files are removed.
struct RecordRetention {
    let keepDays: Int
    let bytesMax: Int64

    /// How many of the days to keep must have records, so that the clock is trusted whatever it did before.
    private static let daysSeen = 3

    /// The files to remove because they are too old.
    ///
    /// A clock that is wrong for a while, in either direction, costs no records: days are only removed when the clock
    /// has run evenly for a day, or when there are records of several of the days to keep.
    func outdated(_ files: [RecordFolder.File], today: UTCDay, isTrusted: Bool) -> [RecordFolder.File] {
        let oldest = UTCDay(daysSince1970: today.daysSince1970 - keepDays)
        let seen = Set(files.lazy.filter { $0.isRegular }.map { $0.name.day }.filter { oldest...today ~= $0 })
        guard isTrusted || seen.count >= min(Self.daysSeen, keepDays + 1) else { return [] }
        return files.filter { $0.isRegular && $0.name.day < oldest }
    }

    /// The files to remove because all together take too much: the oldest first, never those of the present day.
    ///
    /// - Returns: also whether the files that stay still take too much.
    func excess(_ files: [RecordFolder.File], today: UTCDay) -> (files: [RecordFolder.File], isFull: Bool) {
        var bytes = files.reduce(Int64(0)) { $0 + $1.bytes }
        var excess: [RecordFolder.File] = []
        for file in files.sorted(by: { $0.name < $1.name }) where file.name.day != today && file.isRegular {
            if bytes <= bytesMax { break }
            bytes -= file.bytes
            excess.append(file)
        }
        return (excess, bytes > bytesMax)
    }
}
