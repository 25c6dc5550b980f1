import HTTP
import JSON
import REST
import Testing

struct TargetRouteTests {
    @Test func `a target is added, shown, changed, switched off, refreshed and removed`() async throws {
        try await withAPI { api in
            let added = await api.send(
                .post,
                "/targets",
                ["name": "time", "function": "fn", "contract": "mcp-wrapper", "approval": "open"]
            )
            #expect(added.status == 201)
            #expect(added.body?["source"] == "cli")
            #expect(added.body?["listRequest"] == #"{"method":"tools/list"}"#)
            #expect(added.body?["nextRefreshAtMs"] == .null)
            let misnamed = await api.send(
                .post,
                "/targets",
                ["name": "My_Func", "function": "fn", "contract": "mcp-wrapper"]
            )
            #expect(misnamed.status == 422 && misnamed.body?.text.contains("my-func") == true)
            let shown = await api.send(.get, "/targets/time")
            for member in added.body?.objectValue?.members ?? [] {
                #expect(shown.body?[member.key] == member.value, "\(member.key)")
            }
            #expect(shown.body?["state"] == "new" && shown.body?["calls"] == .null)
            let changed = await api.send(
                .patch,
                "/targets/time",
                ["timeout": "10s", "region": "eu-central-1"],
                ifMatch: shown.etag?.text
            )
            #expect(changed.body?["timeoutMs"] == 10_000)
            #expect(changed.body?["region"] == "eu-central-1")
            #expect(changed.etag != shown.etag)
            let cleared = await api.send(.patch, "/targets/time", ["region": nil])
            #expect(cleared.body?["region"] == .null)
            let off = await api.send(.post, "/targets/time/disable")
            #expect(off.body?["enabled"] == false)
            _ = await api.send(.post, "/targets/time/enable")
            let refreshed = await api.send(.post, "/targets/time/refresh")
            #expect(refreshed.body?["targets"]?[0]?["added"] == 2)
            let removed = await api.send(.delete, "/targets/time")
            #expect(removed.body == ["name": "time", "removed": true])
            #expect(await api.send(.get, "/targets/time").status == 404)
        }
    }
}
