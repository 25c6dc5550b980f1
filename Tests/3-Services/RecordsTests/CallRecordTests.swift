import Telemetry
import Testing

@Suite("A call's record")
struct CallRecordTests {
    @Test("is plain bits, no more than 256 bytes of them, so that keeping one is a copy")
    func size() { #expect(MemoryLayout<CallRecord>.stride <= 256) }
}
