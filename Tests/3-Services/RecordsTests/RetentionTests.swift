import Calendar
import Records
import System
import Telemetry
import TestSupport
import Testing

@Suite("How long records are kept")
struct RetentionTests {
    private func days(_ folder: String) throws -> [String] {
        try Files.names(inFolder: folder).filter { $0.hasSuffix(".db") }.map {
            String($0.dropFirst(6).dropLast(3))
        }
    }

    private func day(_ offset: Int) -> String {
        UTCDay(daysSince1970: UTCDay(ms: noonUs / 1_000).daysSince1970 + offset).text
    }

    /// Writes files for the days at these offsets from the present day.
    private func make(_ offsets: [Int], in folder: String) throws {
        try withWriter(folder, clock: Clock(us: noonUs - 300 * dayUs)) {
            $0.keepDays = 400
        } _: { (writer) throws in
            for offset in offsets { writer.take(batch(0..<3, from: noonUs + Int64(offset) * dayUs)) }
            writer.flush()
        }
    }

    @Test("old days' files are deleted at the start, at midnight and each hour")
    func keep() throws {
        try withTemporaryDirectory { folder in
            try make([-31, -30, -29, -2, -1], in: folder)
            let clock = Clock()
            try withWriter(folder, clock: clock) { (writer) throws in
                writer.take(batch([0]))
                writer.flush()
                #expect(try days(folder) == [-30, -29, -2, -1, 0].map { day($0) })
                clock.pass(ms: 12 * 3_600_000)
                writer.flush()
                #expect(try days(folder) == [-29, -2, -1, 0].map { day($0) })
                #expect(writer.figures.files == 4)
                writer.take(batch([1], from: noonUs + dayUs / 2))
                writer.flush()
                // New settings apply without a restart.
                var settings = RecordSettings(directory: "elsewhere")
                settings.keepDays = 1
                writer.update(settings)
                writer.flush()
                #expect(try days(folder) == [0, 1].map { day($0) })
            }
        }
    }

    @Test("a clock that is wrong for a while, by a year or more, loses no real day")
    func clockSteps() throws {
        try withTemporaryDirectory { folder in
            try make([-20, -3, -2, -1, 0], in: folder)
            let clock = Clock()
            try withWriter(folder, clock: clock) { (writer) throws in
                writer.flush()
                clock.set(us: noonUs + 365 * dayUs)
                writer.take(batch(0..<3, from: noonUs + 365 * dayUs))
                writer.flush()
                clock.pass(ms: 5 * 3_600_000)
                writer.flush()
                clock.set(us: noonUs - 5_000 * dayUs)
                writer.take(batch(0..<3, from: noonUs - 5_000 * dayUs))
                writer.flush()
                clock.set(us: noonUs)
                writer.take(batch([5]))
                writer.flush()
                let kept = try days(folder)
                for offset in [-20, -3, -2, -1, 0, 365] { #expect(kept.contains(day(offset)), "\(offset)") }
                #expect(writer.figures.dropped == 0)
            }
            // A process that starts with a wrong clock deletes nothing until the clock has run evenly for a day.
            try withWriter(folder, clock: Clock(us: noonUs + 365 * dayUs)) { (writer) throws in
                writer.take(batch(0..<3, from: noonUs + 365 * dayUs))
                writer.flush()
                #expect(try days(folder).contains(day(0)))
            }
        }
    }

    @Test("without new calls, old ones are deleted once the clock has run evenly for a day")
    func rareCalls() throws {
        try withTemporaryDirectory { folder in
            try make([-60], in: folder)
            let clock = Clock()
            try withWriter(folder, clock: clock) { (writer) throws in
                writer.flush()
                #expect(try days(folder) == [day(-60)])
                for _ in 0..<25 {
                    clock.pass(ms: 3_600_000)
                    writer.flush()
                }
                #expect(try days(folder) == [])
            }
        }
    }

    @Test("when all files are too large, the oldest are deleted first")
    func bytes() throws {
        try withTemporaryDirectory { folder in
            try make([-5, -4, -3], in: folder)
            let log = Log()
            let bytes = try days(folder).reduce(Int64(0)) { sum, day in
                sum + (Files.status("\(folder)/calls-\(day).db")?.bytes ?? 0)
            }
            try withWriter(folder, log: log) {
                $0.bytesMax = bytes - 1
            } _: { (writer) throws in
                writer.flush()
                #expect(try days(folder) == [-4, -3].map { day($0) })
                #expect(log.texts.contains { $0.contains("bytes_max") })
            }
        }
    }

    @Test("when the present day's file alone is too large, new calls are dropped and counted")
    func presentDay() throws {
        try withTemporaryDirectory { folder in
            let clock = Clock()
            let log = Log()
            try withWriter(folder, clock: clock, log: log) {
                $0.bytesMax = 50_000
            } _: { (writer) throws in
                writer.take(batch(0..<2_000))
                writer.flush()
                #expect(writer.figures.written == 2_000)
                clock.pass(ms: 11_000)
                writer.take(batch(2_000..<2_010))
                writer.flush()
                #expect(writer.figures.droppedBytesMax == 10)
                #expect(writer.figures.failing?.contains("bytes_max") ?? false)
                var settings = RecordSettings(directory: folder)
                settings.bytesMax = 1 << 30
                writer.update(settings)
                writer.take(batch(2_010..<2_020))
                writer.flush()
                #expect(writer.figures.written == 2_010)
                #expect(writer.figures.failing == nil)
            }
            #expect(try RecordReader(directory: folder).numbers().count == 2_010)
        }
    }

    @Test("anything that isn't a record file is left alone")
    func strangers() throws {
        try withTemporaryDirectory { folder in
            try make([-31, -2, -1, 0], in: folder)
            try Files.makeFolder("\(folder)/calls-2020-01-01.db")
            try Files.makeFolder("\(folder)/gateway.db")
            try withWriter(folder) { (writer) throws in writer.flush() }
            #expect(Files.isFolder("\(folder)/calls-2020-01-01.db"))
            #expect(Files.isFolder("\(folder)/gateway.db"))
            #expect(!Files.exists("\(folder)/calls-\(day(-31)).db"))
        }
    }
}
