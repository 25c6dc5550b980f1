import Calendar
import Glibc
import Records
import System
import Telemetry
import TestSupport
import Testing

@Suite("The writer of records")
struct RecordWriterTests {
    private func files(_ folder: String) throws -> [String] {
        try Files.names(inFolder: folder).filter { $0.hasSuffix(".db") }
    }

    @Test("writes a file for each day, and only the owner can read the folder and its files")
    func days() throws {
        try withTemporaryDirectory { folder in
            let records = "\(folder)/a/records"
            try withWriter(records) { (writer) throws in
                // Calls of two days in one batch, as around midnight.
                var both = batch(0..<4)
                both.records += batch(4..<6, from: noonUs + dayUs).records
                writer.take(both)
                writer.flush()
                #expect(writer.figures.written == 6)
                #expect(writer.figures.queued == 0)
                #expect(writer.figures.lastWriteMs == noonUs / 1_000)
            }
            #expect(try files(records) == ["calls-2026-11-30.db", "calls-2026-12-01.db"])
            #expect(Files.status(records)?.mode == 0o700)
            #expect(Files.status("\(records)/calls-2026-11-30.db")?.mode == 0o600)
            #expect(try RecordReader(directory: records).numbers() == [5, 4, 3, 2, 1, 0])
        }
    }

    @Test("continues in the day's file after a restart, with every call once and in order")
    func restarts() throws {
        try withTemporaryDirectory { folder in
            var next = 0
            for count in [1, 30, 1_000, 200, 1_500, 3] {
                try withWriter(folder) { (writer) throws in
                    writer.take(batch(next..<next + count))
                    writer.flush()
                }
                next += count
                let stored = try RecordReader(directory: folder).numbers { $0.order = .oldestFirst }
                #expect(stored == Array(0..<next))
            }
            #expect(try files(folder).count == 1)
        }
    }

    @Test("written calls are still there after the process was killed")
    func killed() async throws {
        try await withTemporaryDirectory { folder in
            // The child process is killed without stopping the writer.
            let result = await #expect(processExitsWith: .signal(SIGKILL)) { [folder = folder as String] in
                let writer = RecordWriter(RecordSettings(directory: folder)) { _ in }
                try writer.start()
                writer.take(batch(0..<1_500))
                writer.flush()
                kill(getpid(), SIGKILL)
            }
            #expect(result != nil)
            #expect(try RecordReader(directory: folder).numbers() == (0..<1_500).reversed())
            try withWriter(folder) { (writer) throws in
                writer.take(batch(1_500..<1_501))
                writer.flush()
            }
            #expect(try RecordReader(directory: folder).numbers() == (0...1_500).reversed())
        }
    }

    @Test("drops and counts calls for which the queue has no room, without waiting")
    func full() throws {
        try withTemporaryDirectory { folder in
            // A file in the place of the folder makes writing impossible.
            let place = "\(folder)/records"
            close(open(place, O_CREAT | O_WRONLY, 0o600))
            let log = Log()
            try withWriter(place, log: log) {
                $0.queueMax = 1_000
            } _: { (writer) throws in
                for start in stride(from: 0, to: 3_000, by: 250) { writer.take(batch(start..<start + 250)) }
                writer.flush()
                writer.flush()
                #expect(writer.figures.queued == 1_000)
                #expect(writer.figures.droppedQueueFull == 2_000)
                #expect(writer.figures.written == 0)
                #expect(writer.figures.failing != nil)
                // Waiting calls are written as soon as that is possible.
                unlink(place)
                writer.flush()
                #expect(writer.figures.written == 1_000)
                #expect(writer.figures.queued == 0)
                #expect(writer.figures.failing == nil)
            }
            // One message when the failure began, and one when it ended.
            #expect(log.events.map { $0.isError } == [true, false])
            #expect(try RecordReader(directory: place).numbers().count == 1_000)
        }
    }

    @Test("waiting arguments are bounded in bytes; beyond that, records are kept without them")
    func bodies() throws {
        try withTemporaryDirectory { folder in
            let place = "\(folder)/records"
            close(open(place, O_CREAT | O_WRONLY, 0o600))
            try withWriter(place) { (writer) throws in
                func take(_ numbers: Range<Int>) {
                    for number in numbers {
                        var bodies = batch([number])
                        bodies.bytes = [UInt8](repeating: 32, count: 1 << 20)
                        bodies.bodies = [CallBody(record: 0)]
                        writer.take(bodies)
                        writer.flush()
                    }
                }
                take(0..<40)
                #expect(writer.figures.bodiesDropped == 8)
                #expect(writer.figures.queued == 40)
                unlink(place)
                writer.flush()
                #expect(writer.figures.written == 40)
                take(40..<70)
                #expect(writer.figures.bodiesDropped == 8)
            }
        }
    }

    @Test("two writers to one folder have separate files, and readers read both")
    func twoServers() throws {
        try withTemporaryDirectory { folder in
            try withWriter(folder) { (first) throws in
                try withWriter(folder) { (second) throws in
                    first.take(batch([0, 2]))
                    first.flush()
                    second.take(batch([1, 3]))
                    second.flush()
                }
            }
            #expect(try files(folder) == ["calls-2026-11-30.db", "calls-2026-11-30.s2.db"])
            #expect(try RecordReader(directory: folder).numbers() == [3, 2, 1, 0])
            // The second writer's place is free again.
            try withWriter(folder) { (writer) throws in
                writer.take(batch([4]))
                writer.flush()
            }
            #expect(try files(folder).count == 2)
        }
    }

    @Test("keeps a limited number of names that clients choose, and one name for all others")
    func manyNames() throws {
        try withTemporaryDirectory { folder in
            try withWriter(folder) {
                $0.queueMax = 1 << 20
            } _: { (writer) throws in
                for start in stride(from: 0, to: 10_400, by: 200) {
                    var asked = batch(start..<start + 200)
                    asked.texts += (start..<start + 200).map { "name\($0)" }
                    for index in 0..<200 {
                        asked.records[index].tool = -1
                        asked.records[index].asked = Int32(3 + index)
                    }
                    writer.take(asked)
                }
                writer.flush()
            }
            let reader = RecordReader(directory: folder)
            #expect(try reader.numbers { $0.tool = "name9999" } == [9_999])
            #expect(try reader.numbers { $0.tool = "name10000" } == [])
            #expect(try reader.numbers { $0.tool = "(more names than are kept)" }.count == 400)
        }
    }

    @Test("a long name is cut between two characters")
    func cutNames() throws {
        try withTemporaryDirectory { folder in
            try withWriter(folder) { (writer) throws in
                var long = batch([0])
                long.texts[0] = "a" + String(repeating: "é", count: 5_000) + "\u{0}<b>"
                writer.take(long)
                writer.flush()
            }
            let client = try #require(
                RecordReader(directory: folder).blockingCalls(CallQuery()).calls.first?.client
            )
            #expect(client == "a" + String(repeating: "é", count: 255))
        }
    }
}
