import Calendar

/// Which record files have to go.
struct RecordRetention {
    let keepDays: Int
    let bytesMax: Int64

    /// Days with records since the oldest one that is kept, from which on the clock is believed whatever it did before.
    private static let daysSeen = 3

    /// The files that go because of their days.
    ///
    /// A clock that is wrong for a while, in either direction, costs nothing: days are only forgotten when the clock has gone
    /// evenly for a day, or when there are records of several of the days that are kept.
    func outdated(_ files: [RecordFolder.File], today: UTCDay, isTrusted: Bool) -> [RecordFolder.File] {
        let oldest = UTCDay(daysSince1970: today.daysSince1970 - keepDays)
        let seen = Set(files.lazy.filter { $0.isRegular }.map { $0.name.day }.filter { oldest...today ~= $0 })
        guard isTrusted || seen.count >= min(Self.daysSeen, keepDays + 1) else { return [] }
        return files.filter { $0.isRegular && $0.name.day < oldest }
    }

    /// The files that go because all together take too much: the oldest first, never those of the present day.
    ///
    /// - Returns: also whether what stays takes too much all the same.
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
