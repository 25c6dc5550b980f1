@testable import OTLP
import Telemetry
import Testing

struct SpanQueueTests {
    @Test func `only the texts that the kept calls of a batch refer to are kept, each once`() throws {
        var queue = SpanQueue(max: 1_000)
        let texts = (0..<600).map { "text \($0)" }
        let calls = (0..<200).map { index in
            Fixtures.call {
                $0.flags = index % 100 == 7 ? .isSampled : []
                ($0.client, $0.asked, $0.code) = (Int32(index), Int32(200 + index), 599)
                // An index that is out of range.
                $0.subject = index == 7 ? 600 : -1
            }
        }
        _ = queue.add(Fixtures.batch(calls, texts: texts), failuresPerSecond: 0)
        let entries = queue.take(1_000)
        guard case .calls(let kept, _) = try #require(entries.first) else {
            Issue.record("no calls")
            return
        }
        #expect(kept.texts == ["text 7", "text 207", "text 599", "text 107", "text 307"])
        #expect(kept.records.map { kept.texts[Int($0.client)] } == ["text 7", "text 107"])
        #expect(kept.records.map { kept.texts[Int($0.asked)] } == ["text 207", "text 307"])
        #expect(kept.records.map { kept.texts[Int($0.code)] } == ["text 599", "text 599"])
        #expect(kept.records.allSatisfy { $0.subject == -1 && $0.shape == -1 })
    }
}
