import Bytes
import Control
import Locks
import Records
import Synchronization
import Testing

struct CallSearchTenantTests {
    /// Says for whom it was asked.
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
    func `each question of a search is its asker's, so that a tenant's take a tenant's places`(
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
