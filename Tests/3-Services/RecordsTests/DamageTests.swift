import Database
import Glibc
import Records
import SQLite
import System
import Telemetry
import TestSupport
import Testing

@Suite("Damaged record files")
struct DamageTests {
    struct Row: Sendable {
        let name: String
        /// Whether the reader reports a fault of the file.
        var isTold = true
        /// Whether the file is used like a new one.
        var isUsed = false
        /// Whether a writer has written 1,500 calls to the day's file before; `harm` is the damage to that file.
        var hasCalls = false
        let harm: @Sendable (_ path: String) throws -> Void
    }

    static func write(_ bytes: [UInt8], to path: String, at offset: Int = 0, flags: Int32 = 0) {
        let file = open(path, O_WRONLY | O_CREAT | flags, 0o600)
        bytes.withUnsafeBytes { _ = pwrite(file, $0.baseAddress, $0.count, off_t(offset)) }
        close(file)
    }

    static let rows = [
        Row(name: "random bytes") { path in write((0..<9_000).map { _ in .random(in: 0...255) }, to: path) },
        Row(name: "a text") { path in write(Array("not a database, sorry".utf8), to: path) },
        Row(name: "nothing in it", isTold: false, isUsed: true) { path in write([], to: path) },
        Row(name: "a folder") { path in try Files.makeFolder(path) },
        Row(name: "a pipe") { path in mkfifo(path, 0o600) },
        Row(name: "a link") { path in symlink("/etc/passwd", path) },
        Row(name: "a link to nowhere") { path in symlink("nowhere", path) },
        Row(name: "a database of another program") { path in
            let connection = try SQLite.Connection.open(path: path)
            try connection.execute("CREATE TABLE precious (x); INSERT INTO precious VALUES (1)")
        },
        Row(name: "a record file of a later version") { path in
            let connection = try SQLite.Connection.open(path: path)
            try connection.execute("CREATE TABLE block (id)")
            try connection.setApplicationID(0x6D67_7231)
            try connection.setUserVersion(99)
        },
        Row(name: "a record file without its tables") { path in
            let connection = try SQLite.Connection.open(path: path)
            try connection.execute("CREATE TABLE other (id)")
            try connection.setApplicationID(0x6D67_7231)
            try connection.setUserVersion(1)
        },
        Row(name: "the first page lost", hasCalls: true) { path in
            write([UInt8](repeating: 0, count: 4_096), to: path)
        },
        Row(name: "cut in the middle", hasCalls: true) { path in
            truncate(path, Int(Files.status(path)?.bytes ?? 0) / 2)
        },
        Row(name: "cut to one byte", isTold: false, isUsed: true, hasCalls: true) { path in truncate(path, 1)
        },
        Row(name: "names that don't fit together", isTold: false, hasCalls: true) { path in
            let connection = try SQLite.Connection.open(path: path)
            try connection.execute("UPDATE caller SET id = 1000 WHERE id = 0")
        },
        Row(name: "calls of names that aren't there", isTold: false, hasCalls: true) { path in
            let connection = try SQLite.Connection.open(path: path)
            try connection.execute("DELETE FROM text")
        },
        Row(name: "a part that is none", hasCalls: true) { path in
            let connection = try SQLite.Connection.open(path: path)
            try connection.execute("UPDATE part SET rest = x'00'")
        },
        Row(name: "numbers beyond all bounds", hasCalls: true) { path in
            let connection = try SQLite.Connection.open(path: path)
            try connection.execute(
                "UPDATE block SET id = 9223372036854775807, calls = 9223372036854775807"
            )
        },
    ]

    @Test(
        "lose no further call: the next calls go into another file, and it is reported once",
        arguments: rows
    )
    func harmed(_ row: Row) throws {
        try withTemporaryDirectory { folder in
            let path = "\(folder)/calls-\(dayText).db"
            if row.hasCalls {
                try withWriter(folder) { (writer) throws in
                    writer.take(batch(0..<1_500))
                    writer.flush()
                }
            }
            try row.harm(path)
            let before = Files.status(path, followingLinks: false)
            let log = Log()
            try withWriter(folder, log: log) { (writer) throws in
                for number in 5_000..<5_005 {
                    writer.take(batch([number]))
                    writer.flush()
                }
                #expect(writer.figures.written == 5)
                #expect(writer.figures.dropped == 0)
                #expect(writer.figures.failing == nil)
            }
            let reader = RecordReader(directory: folder)
            let answer = try reader.blockingCalls(CallQuery())
            let numbers = answer.calls.map { $0.number }
            #expect(Set(numbers).isSuperset(of: 5_000..<5_005), "\(row.name)")
            #expect(answer.faults.isEmpty == !row.isTold, "\(row.name): \(answer.faults)")
            if row.isUsed { return }
            #expect(log.events.count == 1, "\(row.name): \(log.texts)")
            #expect(Files.exists("\(folder)/calls-\(dayText).2.db"))
            let after = Files.status(path, followingLinks: false)
            #expect(
                after?.inode == before?.inode && after?.bytes == before?.bytes,
                "\(row.name) was left as it is"
            )
        }
    }

    @Test("a file damaged while it is written loses its calls, and the next one is begun at once")
    func breaksMeanwhile() throws {
        try withTemporaryDirectory { folder in
            let log = Log()
            try withWriter(folder, log: log) { (writer) throws in
                writer.take(batch(0..<1_500))
                writer.flush()
                // Damages everything but the header, in the log too, so that the next write notices it.
                for name in try Files.names(inFolder: folder)
                where name.contains(".db") && !name.hasSuffix("-shm") {
                    let path = "\(folder)/\(name)"
                    let count = Int(Files.status(path)?.bytes ?? 0)
                    Self.write(
                        (0..<max(count - 4_096, 0)).map { _ in .random(in: 0...255) },
                        to: path,
                        at: 4_096
                    )
                }
                for number in 2_000..<2_010 {
                    writer.take(batch(number..<number + 1))
                    writer.flush()
                }
                #expect(writer.figures.failing == nil)
                #expect(writer.figures.queued == 0)
            }
            let answer = try RecordReader(directory: folder).blockingCalls(CallQuery())
            #expect(answer.calls.count <= 100)
        }
    }

    @Test("a file that is removed, moved or replaced while it is written is begun again", arguments: 0..<4)
    func removed(_ way: Int) throws {
        try withTemporaryDirectory { folder in
            let records = "\(folder)/records"
            let path = "\(records)/calls-\(dayText).db"
            let log = Log()
            try withWriter(records, log: log) { (writer) throws in
                writer.take(batch(0..<10))
                writer.flush()
                switch way {
                case 0: unlink(path)
                case 1: rename(path, "\(folder)/moved.db")
                case 2:
                    unlink(path)
                    Self.write(Array("another file".utf8), to: path)
                default: Files.removeTree(records)
                }
                writer.take(batch(10..<20))
                writer.flush()
                #expect(writer.figures.written == 20)
                #expect(writer.figures.failing == nil)
            }
            let found = try RecordReader(directory: records).numbers()
            // The file in its place may be read with the log that the removed file left.
            #expect(way == 2 ? Set(found).isSuperset(of: 10..<20) : found == (10..<20).reversed())
            #expect(log.texts.contains { $0.contains("moved or removed") })
        }
    }

    @Test("when no file of a day is usable, its calls are dropped and counted, and other days' are kept")
    func noneLeft() throws {
        try withTemporaryDirectory { folder in
            for number in 1...9 {
                try Files.makeFolder("\(folder)/calls-\(dayText)\(number == 1 ? "" : ".\(number)").db")
            }
            let log = Log()
            try withWriter(folder, log: log) { (writer) throws in
                writer.take(batch(0..<10))
                writer.take(batch(10..<12, from: noonUs + dayUs))
                writer.flush()
                writer.take(batch(12..<14))
                writer.flush()
                #expect(writer.figures.droppedUnusable == 12)
                #expect(writer.figures.written == 2)
                #expect(writer.figures.failing != nil)
            }
            #expect(log.events.count == 10)
        }
    }

    @Test("random bytes anywhere in a file never crash a reader, and a writer continues", arguments: 0..<40)
    func fuzz(_ seed: Int) throws {
        try withTemporaryDirectory { folder in
            try withWriter(folder) { (writer) throws in
                writer.take(batch(0..<1_300))
                writer.flush()
            }
            let path = "\(folder)/calls-\(dayText).db"
            let count = Int(Files.status(path)?.bytes ?? 0)
            for _ in 0...seed % 8 {
                let bytes = (0..<(seed % 3 == 0 ? 1 : 300)).map { _ in UInt8.random(in: 0...255) }
                Self.write(bytes, to: path, at: Int.random(in: (seed % 4 == 0 ? 0 : 100)..<count))
            }
            let reader = RecordReader(directory: folder)
            for order in [CallQuery.Order.newestFirst, .oldestFirst, .slowestFirst] {
                var query = CallQuery()
                (query.order, query.tenant, query.limit) = (order, seed % 2 == 0 ? "acme" : nil, 2_000)
                #expect(try reader.blockingCalls(query).calls.count <= 1_300)
            }
            #expect(reader.blockingCalls(identifiedBy: record(3).traceID).calls.count <= 1_300)
            _ = reader.blockingShapes(ShapeQuery(target: "crm", tool: "find"))
            // A writer continues, in that file or in another.
            try withWriter(folder) { (writer) throws in
                writer.take(batch(5_000..<5_010))
                writer.flush()
                #expect(writer.figures.written == 10)
            }
        }
    }
}
