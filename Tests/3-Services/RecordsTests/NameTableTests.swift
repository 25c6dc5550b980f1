@testable import Records
import Telemetry
import Testing

@Suite("Names of a record file")
struct NameTableTests {
    @Test("names that clients choose leave room for other texts")
    func reserve() throws {
        var names = FileNames()
        for number in 0..<FileNames.textsMax {
            _ = names.text("client \(number)", bytesMax: 512, isClients: true)
        }
        let most = FileNames.textsMax - FileNames.textsMax / FileNames.reserve
        #expect(names.texts.count == most + 1)
        let other = names.text("one client more", bytesMax: 512, isClients: true)
        #expect(other == names.text(FileNames.other, bytesMax: 512))
        #expect(names.text("a subject", bytesMax: 512) == Int32(most + 1))
        // Known names keep their numbers.
        #expect(names.text("client 5", bytesMax: 512, isClients: true) == 5)
    }

    @Test("a record belongs to a table only if the table has all its numbers")
    func have() {
        var names = FileNames()
        _ = names.callers.number(CallerRow(tenantID: 1, tenant: "a", key: nil))
        _ = names.tools.number(ToolRow(target: "t", name: "x", exposedName: "t___x"))
        _ = names.endings.number(EndingRow(outcome: 0))
        _ = names.text("text", bytesMax: 100)
        var sound = CallRecord()
        (sound.key, sound.tool, sound.code) = (0, 0, 0)
        #expect(names.have(sound))
        let harms: [(inout CallRecord, Int32) -> Void] = [
            { $0.key = $1 }, { $0.tool = $1 }, { $0.code = $1 }, { $0.subject = $1 }, { $0.client = $1 },
            { $0.executedVersion = $1 }, { $0.shape = $1 },
        ]
        for (index, harm) in harms.enumerated() {
            for number in [-2, 1, .max, .min] as [Int32] {
                var record = sound
                harm(&record, number)
                #expect(!names.have(record), "\(index): \(number)")
            }
            var record = sound
            harm(&record, -1)
            #expect(names.have(record) == (index > 2))
        }
    }
}
