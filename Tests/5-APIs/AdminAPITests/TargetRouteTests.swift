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

    @Test func `invoke settings are declared, shown, changed and cleared`() async throws {
        try await withAPI { api in
            let role = "arn:aws:iam::123456789012:role/r"
            let added = await api.send(
                .post,
                "/targets",
                [
                    "name": "time", "function": "fn", "contract": "jsonrpc", "roleArn": .string(role),
                    "externalId": "id", "sessionName": "mcp", "route": ["next": 10, "live": 90],
                    "logTail": "sampled", "callerIdentity": "meta",
                ]
            )
            #expect(added.status == 201, "\(added.body?.text ?? "")")
            let shown = try #require(await api.send(.get, "/targets/time").body)
            #expect(shown["roleArn"] == .string(role) && shown["externalId"] == "id")
            #expect(shown["sessionName"] == "mcp" && shown["route"]?.text == #"{"live":90,"next":10}"#)
            #expect(shown["logTail"] == "sampled" && shown["callerIdentity"] == "meta")
            #expect(shown["httpPath"] == .null && shown["httpHost"] == .null)
            let changed = await api.send(
                .patch,
                "/targets/time",
                [
                    "route": nil, "externalId": nil, "logTail": "off", "callerIdentity": "none",
                    "qualifier": "live",
                ]
            )
            #expect(changed.body?["route"] == .null && changed.body?["qualifier"] == "live")
            #expect(changed.body?["roleArn"] == .string(role) && changed.body?["externalId"] == .null)
            #expect(changed.body?["logTail"] == "off" && changed.body?["sessionName"] == "mcp")
            let alone = await api.send(.patch, "/targets/time", ["roleArn": nil])
            #expect(alone.body?["roleArn"] == .null && alone.body?["sessionName"] == .null)
        }
    }

    @Test func `recording settings are declared, shown, changed and cleared`() async throws {
        try await withAPI { api in
            let added = await api.send(
                .post,
                "/targets",
                [
                    "name": "time", "function": "fn", "contract": "jsonrpc", "recordArguments": "redacted",
                    "redact": ["/password", "/items/*/card"],
                ]
            )
            #expect(added.status == 201, "\(added.body?.text ?? "")")
            let shown = try #require(await api.send(.get, "/targets/time").body)
            #expect(shown["recordArguments"] == "redacted")
            #expect(shown["redact"] == ["/password", "/items/*/card"])
            let kept = await api.send(.patch, "/targets/time", ["region": "eu-west-1"])
            #expect(kept.body?["redact"] == ["/password", "/items/*/card"])
            let cleared = await api.send(.patch, "/targets/time", ["redact": nil])
            #expect(cleared.body?["redact"] == [] && cleared.body?["recordArguments"] == "redacted")
            _ = await api.send(.patch, "/targets/time", ["redact": ["/a"]])
            let full = await api.send(.patch, "/targets/time", ["recordArguments": "full"])
            #expect(full.body?["redact"] == [] && full.body?["recordArguments"] == "full")
            let refused = await api.send(.patch, "/targets/time", ["redact": ["/a"]])
            #expect(refused.status == 400 || refused.status == 422, "\(refused.status)")
        }
    }

    struct Refusal: Sendable, CustomTestStringConvertible {
        let body: JSONValue
        let says: String
        var testDescription: String { body.text }
    }

    @Test(arguments: [
        Refusal(body: ["route": ["a": 1, "b": 1, "c": 1]], says: "has 3 members; 2 are allowed"),
        Refusal(body: ["route": ["a": 1_000_001]], says: "0 to 1000000 is allowed"),
        Refusal(body: ["route": ["a": "1"]], says: "an integer is wanted"),
        Refusal(body: ["route": ["a": 0]], says: "is not a route"),
        Refusal(body: ["route": "live=1"], says: "an object or null is wanted"),
        Refusal(body: ["route": ["a": 1], "qualifier": "b"], says: "leave one of them out"),
        Refusal(body: ["externalId": "id"], says: "needs a role"),
        Refusal(body: ["roleArn": "role"], says: "not the ARN of an IAM role"),
        Refusal(body: ["logTail": "some"], says: "must be one of off, sampled, all"),
        Refusal(body: ["callerIdentity": "meta"], says: "sends no _meta"),
        Refusal(body: ["tool": ["a"], "tools": [["name": "a"]]], says: "an earlier tool has"),
        Refusal(body: ["tool": [7]], says: "a string is wanted"),
        Refusal(
            body: ["tools": [["name": "a", "function": "f:b"]], "qualifier": "c"],
            says: "leave one of them"
        ),
        Refusal(body: ["function": nil], says: "there is no function"),
    ])
    func `an invalid declaration is refused, and nothing is stored`(_ row: Refusal) async throws {
        try await withAPI { api in
            var body = row.body.objectValue ?? JSONObject()
            body["name"] = "time"
            body["contract"] = "mcp-wrapper"
            if body["function"] == nil { body["function"] = "fn" }
            let refused = await api.send(.post, "/targets", .object(body))
            #expect(refused.status == 422, "\(refused.status)")
            #expect(refused.body?.text.contains(row.says) == true, "\(refused.body?.text ?? "")")
            #expect(await api.send(.get, "/targets/time").status == 404)
        }
    }

    @Test func `a target may have only tools with their own functions`() async throws {
        try await withAPI { api in
            let added = await api.send(
                .post,
                "/targets",
                [
                    "name": "many", "contract": "function", "tool": ["b=fn-b"],
                    "tools": [["name": "a", "description": "A", "function": "fn-a"]],
                ]
            )
            #expect(added.status == 201, "\(added.body?.text ?? "")")
            #expect(added.body?["function"] == .null && added.body?["declaredTools"] == true)
            #expect(added.body?["listRequest"] == .null)
            let refreshed = await api.send(.post, "/targets/many/refresh")
            #expect(refreshed.body?["targets"]?[0]?["added"] == 2)
            let tools = await api.send(.get, "/tools?target=many")
            #expect(tools.body?["tools"]?.arrayValue?.map { $0["function"] } == ["fn-a", "fn-b"])
            // A new list replaces the old one.
            let changed = await api.send(.patch, "/targets/many", ["tool": ["c=fn-c"]])
            #expect(changed.status == 200)
            let again = await api.send(.post, "/targets/many/refresh")
            #expect(again.body?["targets"]?[0]?["removed"] == 2)
            let refused = await api.send(.patch, "/targets/many", ["tools": nil])
            #expect(refused.status == 422 && refused.body?.text.contains("there is no function") == true)
        }
    }
}
