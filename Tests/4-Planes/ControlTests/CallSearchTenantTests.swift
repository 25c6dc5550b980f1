import Bytes
import Control
import Locks
import Records
import Synchronization
import Testing

struct CallSearchTenantTests {
    /// Remembers the tenants that it was asked for.
    private final class Source: CallSource {
        let asked = Locked<[Int64?]>([])

        func calls(_ query: CallQuery) async throws(RecordError) -> RecordedCalls {
            asked.withLock { $0.append(query.tenantID) }
            return RecordedCalls()
        }

        func calls(identifiedBy id: ID128, tenantID: Int64?, limit: Int) async throws(RecordError)
            -> RecordedCalls
        {
            asked.withLock { $0.append(tenantID) }
            return RecordedCalls()
        }

        func end(tenantID: Int64?) async throws(RecordError) -> String {
            asked.withLock { $0.append(tenantID) }
            return "end"
        }

        func argumentShapes(of query: ShapeQuery) async throws(RecordError) -> RecordedShapes {
            RecordedShapes()
        }
    }

    @Test(arguments: [nil, 7] as [Int64?])
    func `a search passes its tenant to every query of the source`(
        _ tenantID: Int64?
    )
        async throws
    {
        let source = Source()
        var search = CallSearch()
        search.tenantID = tenantID
        let found = try await search.run(in: source, nowMs: 1_796_040_000_000)
        #expect(found.last == "end")
        #expect(source.asked.withLock { $0 } == [tenantID, tenantID])
    }
}
