import Glibc
import Records
import System
import Telemetry
import TestSupport
import Testing

/// A file system with one megabyte.
private enum SmallDisk {
    static func mount(at folder: String, readOnly: Bool = false) -> Bool {
        let flags = readOnly ? UInt(MS_RDONLY) | UInt(MS_REMOUNT) : 0
        return Glibc.mount("tmpfs", folder, "tmpfs", flags, "size=1m") == 0
    }

    static func unmount(_ folder: String) { umount2(folder, CInt(MNT_DETACH)) }

    /// Whether this process may mount anything.
    static let isPossible: Bool = {
        let isMounted = try? withTemporaryDirectory { folder in
            defer { unmount(folder) }
            return mount(at: folder)
        }
        return isMounted ?? false
    }()
}

@Suite("A disk for records", .enabled(if: SmallDisk.isPossible, "mounting takes a privileged process"))
struct FullDiskTests {
    private func withDisk(_ body: (String) throws -> Void) throws {
        try withTemporaryDirectory { folder in
            try #require(SmallDisk.mount(at: folder))
            defer { SmallDisk.unmount(folder) }
            try body(folder)
        }
    }

    @Test("that is full loses no call: waiting calls are written when there is room")
    func full() throws {
        try withDisk { disk in
            let log = Log()
            let records = "\(disk)/records"
            try withWriter(records, log: log) { (writer) throws in
                writer.take(batch(0..<2_000))
                writer.flush()
                #expect(writer.figures.written == 2_000)
                DamageTests.write([UInt8](repeating: 1, count: 1 << 20), to: "\(disk)/filler")
                for number in 2_000..<2_010 {
                    writer.take(batch(number * 10..<number * 10 + 600))
                    writer.flush()
                }
                #expect(writer.figures.failing?.contains("full") ?? false)
                #expect(writer.figures.queued > 0)
                #expect(writer.figures.dropped == 0)
                #expect(try RecordReader(directory: records).numbers().count >= 2_000)
                unlink("\(disk)/filler")
                writer.flush()
                #expect(writer.figures.failing == nil)
                #expect(writer.figures.written == 8_000)
            }
            #expect(log.events.map { $0.isError } == [true, false])
            #expect(try RecordReader(directory: records).numbers().count == 8_000)
        }
    }

    @Test("that is read-only is reported once, and its calls are found")
    func readOnly() throws {
        try withDisk { disk in
            try withWriter("\(disk)/records") { (writer) throws in
                writer.take(batch(0..<20))
                writer.flush()
            }
            try #require(SmallDisk.mount(at: disk, readOnly: true))
            let log = Log()
            try withWriter("\(disk)/records", log: log) { (writer) throws in
                for number in 20..<23 {
                    writer.take(batch([number]))
                    writer.flush()
                }
                #expect(writer.figures.queued == 3)
                #expect(writer.figures.failing != nil)
            }
            // Once while the disk was read-only, and once for the calls that were lost at the end.
            #expect(log.events.count == 2)
            let answer = try RecordReader(directory: "\(disk)/records").blockingCalls(CallQuery())
            #expect(answer.calls.count == 20)
            #expect(answer.faults.isEmpty)
        }
    }
}
