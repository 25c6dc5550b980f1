import Telemetry
import Testing

@Suite("A call's record")
struct CallRecordTests {
    @Test("has a size of at most 256 bytes")
    func size() { #expect(MemoryLayout<CallRecord>.stride <= 256) }
}
