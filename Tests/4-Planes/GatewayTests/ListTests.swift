import Bytes
import EventLoop
@testable import Gateway
import JSON
import MCP
import Policy
import TestSupport
import Testing

/// The tools that a principal sees, page by page.
struct ListTests {
    struct Members: Sendable {
        let version: String
        let now: [String]
        let list: [String]
        var result: [String] = ["tools"]
    }

    @Test(arguments: [
        Members(
            version: "2025-03-26",
            now: ["name", "inputSchema", "annotations", "x-own"],
            list: ["name", "inputSchema"]
        ),
        Members(
            version: "2025-06-18",
            now: ["name", "inputSchema", "title", "outputSchema", "annotations", "_meta", "x-own"],
            list: ["name", "inputSchema"]
        ),
        Members(
            version: "2025-11-25",
            now: [
                "name", "inputSchema", "title", "icons", "execution", "outputSchema", "annotations", "_meta",
                "x-own",
            ],
            list: ["name", "inputSchema"]
        ),
        Members(
            version: "2026-07-28",
            now: ["name", "inputSchema", "title", "icons", "outputSchema", "annotations", "_meta", "x-own"],
            list: ["name", "inputSchema", "outputSchema"],
            result: ["resultType", "tools", "ttlMs", "cacheScope", "_meta"]
        ),
    ])
    func `each revision gets the members it knows, their bytes untouched`(_ row: Members) async throws {
        try await withAgents { agents in
            let isModern = row.version == "2026-07-28"
            let ask = isModern ? Ask.modern("tools/list") : .legacy("tools/list", version: row.version)
            for _ in 0..<2 {
                let reply = try await agents.expect(200, ask)
                let tools = try #require(reply.result["tools"]?.arrayValue)
                #expect(tools.compactMap { $0["name"]?.stringValue } == Sample.visible)
                #expect(tools.last?.objectValue?.members.map { $0.key } == row.now)
                #expect(tools.dropLast().last?.objectValue?.members.map { $0.key } == row.list)
                #expect(reply.result.objectValue?.members.map { $0.key } == row.result)
                #expect(reply.body.contains(#""x-own":[1E2]"#))
            }
        }
    }

    @Test func `a page holds a thousand tools`() async throws {
        for (count, pages) in [(1000, [1000]), (1001, [1000, 1])] {
            try await withAgents(Sample.snapshot(tools: Sample.many(count))) { agents in
                let walked = try await Self.walk(agents)
                #expect(walked.map { $0.count } == pages)
            }
        }
    }

    struct Sizes: Sendable {
        /// The size of each tool's definition, in bytes.
        let bytes: [Int]
        let countMax: Int
        let bytesMax: Int
        let pages: [Int]
    }

    @Test(arguments: [
        Sizes(bytes: [500, 500, 500, 500], countMax: 1000, bytesMax: 1000, pages: [2, 2]),
        Sizes(bytes: [500, 500, 500, 500], countMax: 1000, bytesMax: 999, pages: [1, 1, 1, 1]),
        Sizes(bytes: [5000, 300, 300, 300, 5000], countMax: 1000, bytesMax: 1000, pages: [1, 3, 1]),
        Sizes(bytes: [300, 300, 300, 300, 300], countMax: 2, bytesMax: 10_000, pages: [2, 2, 1]),
        Sizes(bytes: [300, 900, 300, 300, 300], countMax: 2, bytesMax: 1000, pages: [1, 1, 2, 1]),
        Sizes(bytes: [300, 700], countMax: 1000, bytesMax: 1000, pages: [2]),
        Sizes(bytes: [300, 701], countMax: 1000, bytesMax: 1000, pages: [1, 1]),
        Sizes(bytes: [5000], countMax: 1, bytesMax: 1, pages: [1]),
        Sizes(
            bytes: [Int](repeating: 40_000, count: 250),
            countMax: 1000,
            bytesMax: 1 << 22,
            pages: [104, 104, 42]
        ),
    ])
    func `a page ends before its definitions exceed the bound, and holds at least one tool`(_ row: Sizes)
        async throws
    {
        let tools = row.bytes.enumerated().map { number, size in
            let name = "t\("0000\(number)".suffix(5))"
            let empty = Sample.tool(0, name, #","description":"""#).definition.count
            let text = String(repeating: "x", count: size - empty)
            return Sample.tool(0, name, #","description":"\#(text)""#)
        }
        #expect(tools.map { $0.definition.count } == row.bytes)
        for isModern in [true, false] {
            try await withAgents(Sample.snapshot(tools: tools)) { agents in
                agents.settings.pageSize = row.countMax
                agents.settings.pageBytesMax = row.bytesMax
                agents.publish(Sample.snapshot(version: 2, tools: tools))
                for _ in 0..<2 {
                    let pages = try await Self.walk(agents, isModern: isModern)
                    #expect(pages.map { $0.count } == row.pages)
                    #expect(pages.flatMap { $0 } == tools.map { $0.exposedName })
                }
            }
        }
    }

    @Test func `pages that end because of their size are cached too`() async throws {
        try await withLoop { loop in
            let tools = Sample.many(1_000)
            let agents = Agents(loop, Sample.snapshot(tools: tools))
            agents.settings.pageBytesMax = tools[0].definition.count * 100
            agents.publish(Sample.snapshot(version: 2, tools: tools))
            let pages = try await Self.walk(agents)
            #expect(pages.count > 10)
            let state = agents.endpoint.state
            let lists = ListCache()
            lists.adopt(state)
            func ask(_ after: String?) -> Int {
                _ = lists.page(
                    of: state,
                    for: Principal(tenant: 0, key: 0),
                    version: .v20250618,
                    after: after,
                    nowMs: loop.wallMs
                )
                return lists.bytesKept
            }
            let one = ask(nil)
            let others = [pages[0][pages[0].count - 2], pages[1][0], pages[1][0] + "~", "time___t00999"]
            for other in others { #expect(ask(other) == one, "only the list's own pages are kept") }
            let two = ask(pages[0].last)
            #expect(two > one)
            let three = ask(pages[5].last)
            #expect(three > two)
            #expect(ask(pages[0].last) == three, "it was kept")
        }
    }

    @Test(arguments: [1, 199, 200, 201, 400, 1_000], [true, false])
    func `pages of 200 hold every tool once, in order`(_ count: Int, _ isModern: Bool) async throws {
        try await withAgents(Sample.snapshot(tools: Sample.many(count).shuffled())) { agents in
            agents.settings.pageSize = 200
            agents.publish(Sample.snapshot(version: 2, tools: Sample.many(count).shuffled()))
            let names = try await Self.walk(agents, isModern: isModern)
            #expect(names.flatMap { $0 } == Sample.many(count).map { $0.exposedName })
            #expect(names.dropLast().allSatisfy { $0.count == 200 })
            #expect(names.count == (count + 199) / 200)
        }
    }

    @Test func `a catalog without tools is an empty list without a cursor`() async throws {
        try await withAgents(Sample.snapshot(tools: [])) { agents in
            let result = try await agents.expect(200, .modern("tools/list")).result
            #expect(result["tools"] == .array([]))
            #expect(result["nextCursor"] == nil)
        }
    }

    @Test func `removing a tool between two pages causes no gap and no repeat`() async throws {
        let all = Sample.many(1_000)
        for gone in [0, 198, 199, 200, 399] {
            try await withAgents(Sample.snapshot(tools: all)) { agents in
                agents.settings.pageSize = 200
                agents.publish(Sample.snapshot(version: 2, tools: all))
                var left = all
                let names = try await Self.walk(agents) { page in
                    guard page == 1 else { return }
                    left.remove(at: gone)
                    agents.publish(Sample.snapshot(version: 3, tools: left))
                }
                let seen = names.flatMap { $0 }
                let expected = all.map { $0.exposedName }.enumerated()
                    .filter { $0.offset != gone || gone < 200 }.map { $0.element }
                #expect(seen == expected)
            }
        }
    }

    /// The names on each page; `between` runs after each page with its number, from 1.
    static func walk(
        _ agents: Agents,
        isModern: Bool = true,
        between: (Int) -> Void = { _ in }
    ) async throws -> [[String]] {
        var pages: [[String]] = []
        var cursor: String?
        repeat {
            let ask: Ask
            if isModern {
                ask = .modern("tools/list", cursor.map { #""cursor":"\#($0)""# } ?? "")
            } else {
                ask = .legacy("tools/list", cursor.map { #"{"cursor":"\#($0)"}"# })
            }
            let result = try await agents.expect(200, ask).result
            pages.append(result["tools"]?.arrayValue?.compactMap { $0["name"]?.stringValue } ?? [])
            cursor = result["nextCursor"]?.stringValue
            between(pages.count)
        } while cursor != nil && pages.count < 100
        return pages
    }

    @Test func `a foreign cursor is refused, and one past the end gives an empty page`() async throws {
        try await withAgents { agents in
            let ours = Cursor(after: "time___now").text
            for cursor in [
                "", "x", "nope!", ours + "A", String(ours.dropLast()), String(repeating: "A", count: 2_000),
            ] {
                let reply = try await agents.expect(400, .modern("tools/list", #""cursor":"\#(cursor)""#))
                #expect(reply.code == -32602)
                let legacy = try await agents.expect(200, .legacy("tools/list", #"{"cursor":"\#(cursor)"}"#))
                #expect(legacy.code == -32602)
            }
            for cursor in [ours, Cursor(after: "zzz").text] {
                let result = try await agents.expect(200, .modern("tools/list", #""cursor":"\#(cursor)""#))
                    .result
                #expect(result["tools"] == .array([]))
                #expect(result["nextCursor"] == nil)
            }
            let all = try await agents.expect(
                200,
                .modern("tools/list", #""cursor":"\#(Cursor(after: "").text)""#)
            )
            #expect(all.result["tools"]?.arrayValue?.count == Sample.visible.count)
        }
    }

    @Test(arguments: [Keys.good, Keys.narrow])
    func `exactly the listed tools can be called`(_ key: String) async throws {
        try await withAgents { agents in
            let reply = try await agents.expect(200, .modern("tools/list").by(key))
            let listed = reply.result["tools"]?.arrayValue?.compactMap { $0["name"]?.stringValue } ?? []
            var callable: [String] = []
            for tool in agents.endpoint.state.snapshot.tools {
                let call = try await agents.send(.modernCall(tool.exposedName).by(key))
                if call.message?.hasPrefix("Unknown tool") != true { callable.append(tool.exposedName) }
            }
            #expect(listed == callable)
            #expect(listed.count == (key == Keys.good ? 6 : 3))
        }
    }

    @Test func `keys with other views get their own lists, and a change is seen at once`() async throws {
        try await withAgents { agents in
            func expect(_ names: [String], _ key: String) async throws {
                let reply = try await agents.expect(200, .modern("tools/list").by(key))
                #expect(reply.result["tools"]?.arrayValue?.compactMap { $0["name"]?.stringValue } == names)
            }
            try await expect(Sample.visible, Keys.good)
            try await expect(Array(Sample.visible.suffix(3)), Keys.narrow)
            try await expect(Sample.visible, Keys.good)
            agents.publish(Sample.snapshot(version: 2, tools: [Sample.tool(0, "only")]))
            try await expect(["time___only"], Keys.good)
            try await expect(["time___only"], Keys.narrow)
        }
    }

    @Test func `arbitrary cursors don't make the cached pages grow`() async throws {
        try await withLoop { loop in
            let agents = Agents(loop, Sample.snapshot(tools: Sample.many(1_000)))
            agents.settings.pageSize = 200
            agents.publish(Sample.snapshot(version: 2, tools: Sample.many(1_000)))
            let state = agents.endpoint.state
            let lists = ListCache()
            lists.adopt(state)
            let principal = Principal(tenant: 0, key: 0)
            func ask(_ after: String?) {
                _ = lists.page(
                    of: state,
                    for: principal,
                    version: .v20250618,
                    after: after,
                    nowMs: loop.wallMs
                )
            }
            ask(nil)
            let one = lists.bytesKept
            #expect(one > 0)
            for number in 0..<50 { ask("time___t00\(number)~") }
            for name in ["", "a", "zzz", "time___t00199~"] { ask(name) }
            #expect(lists.bytesKept == one, "only the list's own pages are kept")
            for last in [199, 399, 599, 799] { ask("time___t00\(last)") }
            #expect(lists.bytesKept > 4 * one)
            #expect(lists.bytesKept < 6 * one)
        }
    }

    @Test func `cached pages never exceed their bound`() async throws {
        try await withLoop { loop in
            let state = Agents(loop, Sample.snapshot(tools: Sample.many(1_000))).endpoint.state
            let lists = ListCache(bytesMax: 100_000)
            lists.adopt(state)
            for round in 0..<40 {
                let version = ProtocolVersion.allCases[round % 4]
                let after = round / 4 % 5 == 0 ? nil : "time___t00\(round / 4 % 5 * 200 - 1)"
                let page = lists.page(
                    of: state,
                    for: Principal(tenant: 0, key: 0),
                    version: version,
                    after: after,
                    nowMs: loop.wallMs
                )
                #expect(page.count > 10_000)
                #expect(lists.bytesKept <= 100_000)
            }
        }
    }

    @Test func `pages of a replaced state aren't cached, and a state with the same list keeps its pages`()
        async throws
    {
        try await withLoop { loop in
            let agents = Agents(loop, Sample.snapshot())
            let first = agents.endpoint.state
            let lists = ListCache()
            lists.adopt(first)
            func count(_ state: GatewayState) -> Int {
                let page = lists.page(
                    of: state,
                    for: Principal(tenant: 0, key: 0),
                    version: .v20250618,
                    after: nil,
                    nowMs: loop.wallMs
                )
                let result = try? JSONValue(parsing: page.bytes.span)
                return result?["tools"]?.arrayValue?.count ?? -1
            }
            #expect(count(first) == 6)
            let kept = lists.bytesKept
            agents.publish(first.snapshot.replacingHealth([1: TargetHealth(lastError: "down")]))
            lists.adopt(agents.endpoint.state)
            #expect(lists.bytesKept == kept)
            agents.publish(Sample.snapshot(version: 2, tools: []))
            lists.adopt(agents.endpoint.state)
            #expect(lists.bytesKept == 0)
            #expect(count(first) == 6)
            #expect(lists.bytesKept == 0)
            #expect(count(agents.endpoint.state) == 0)
            #expect(lists.bytesKept > 0)
        }
    }

    @Test func `a new state with equal tools keeps the cached pages`() async throws {
        try await withLoop { loop in
            let agents = Agents(loop, Sample.snapshot(tools: Sample.many(300)))
            let lists = ListCache()
            agents.settings.pageSize = 200
            agents.publish(Sample.snapshot(tools: Sample.many(300)))
            func ask() -> Int {
                lists.adopt(agents.endpoint.state)
                let page = lists.page(
                    of: agents.endpoint.state,
                    for: Principal(tenant: 0, key: 0),
                    version: .v20250618,
                    after: nil,
                    nowMs: loop.wallMs
                )
                return page.count
            }
            let first = ask()
            let kept = lists.bytesKept
            // Another snapshot, with its own arrays and equal tools.
            agents.publish(Sample.snapshot(version: 2, tools: Sample.many(300)))
            #expect(ask() == first)
            #expect(lists.bytesKept == kept, "nothing was rendered anew")
            agents.publish(Sample.snapshot(version: 3, tools: Sample.many(299)))
            #expect(ask() == first, "a page holds 200 tools")
            #expect(lists.bytesKept <= kept, "the tools are others: what was rendered before is gone")
        }
    }
}
