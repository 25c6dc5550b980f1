import Bytes
import MCP
import Policy
import Testing

/// Prompts and resources under the one decision, and what URIs mean.
struct ResourceTests {
    private static func entry(
        _ kind: CatalogKind,
        _ target: Int,
        _ ownName: String,
        state: ToolEntry.State = .active
    ) -> ToolEntry {
        let name = kind.catalogName(ownName)
        let exposed = "\(targets[target].name)___\(name)"
        return ToolEntry(
            kind: kind,
            exposedName: exposed,
            name: name,
            target: target,
            definition: Array("{}".utf8),
            sha256: digest(exposed.utf8.reduce(7) { $0 &* 31 &+ Int($1) }),
            state: state
        )
    }

    private static let targets = ["docs", "files", "wiki"].enumerated().map { number, name in
        TargetEntry(id: Int64(number + 1), name: name, function: name, approval: .open)
    }

    private static func snapshot(
        _ entries: [ToolEntry],
        allow: [String] = [],
        deny: [String] = [],
        keyDeny: [String] = []
    ) -> Snapshot {
        Snapshot(
            version: 1,
            targets: targets,
            tools: entries,
            tenants: [
                TenantEntry(
                    id: 1,
                    name: "acme",
                    allow: allow.compactMap { NamePattern($0) },
                    deny: deny.compactMap { NamePattern($0) }
                )
            ],
            keys: [
                KeyEntry(
                    id: 1,
                    tenant: 0,
                    prefix: "p",
                    hash: digest(1),
                    deny: keyDeny.compactMap { NamePattern($0) }
                )
            ],
            seed: 1
        )
    }

    private static let key = Principal(tenant: 0, key: 0)

    private static func names(_ kind: CatalogKind, _ snapshot: Snapshot) -> [String] {
        snapshot.visibleEntries(of: kind, for: key, nowMs: 0).map { snapshot.tools[$0].exposedName }
    }

    struct Pattern: Sendable {
        var allow: [String] = []
        var deny: [String] = []
        let tools: [String]
        let prompts: [String]
        let resources: [String]
    }

    private static let mixed = [
        entry(.tool, 0, "search"), entry(.prompt, 0, "search"), entry(.resource, 0, "file:///search"),
        entry(.tool, 1, "read"), entry(.prompt, 1, "delete_all"),
    ]

    @Test(arguments: [
        Pattern(
            tools: ["docs___search", "files___read"],
            prompts: ["docs___prompt:search", "files___prompt:delete_all"],
            resources: ["docs___resource:file:///search"]
        ),
        // A permission on the whole target covers all that it serves.
        Pattern(
            allow: ["docs___*"],
            tools: ["docs___search"],
            prompts: ["docs___prompt:search"],
            resources: ["docs___resource:file:///search"]
        ),
        // A tool's name opens no prompt of the same name.
        Pattern(allow: ["docs___search"], tools: ["docs___search"], prompts: [], resources: []),
        Pattern(allow: ["docs___s*"], tools: ["docs___search"], prompts: [], resources: []),
        Pattern(allow: ["docs___prompt:*"], tools: [], prompts: ["docs___prompt:search"], resources: []),
        Pattern(
            deny: ["*___resource:*"],
            tools: ["docs___search", "files___read"],
            prompts: ["docs___prompt:search", "files___prompt:delete_all"],
            resources: []
        ),
        Pattern(
            deny: ["*delete_*"],
            tools: ["docs___search", "files___read"],
            prompts: ["docs___prompt:search"],
            resources: ["docs___resource:file:///search"]
        ),
    ])
    func `patterns see prompts and resources under their names in the catalog`(_ row: Pattern) {
        let snapshot = Self.snapshot(Self.mixed, allow: row.allow, deny: row.deny)
        #expect(Self.names(.tool, snapshot) == row.tools)
        #expect(Self.names(.prompt, snapshot) == row.prompts)
        #expect(Self.names(.resource, snapshot) == row.resources)
        for (position, entry) in snapshot.tools.enumerated() {
            let decision = snapshot.authorize(Self.key, tool: position, nowMs: 0)
            #expect(snapshot.explain(Self.key, tool: position, nowMs: 0).decision == decision)
            let isListed = (row.tools + row.prompts + row.resources).contains(entry.exposedName)
            #expect((decision == .allowed) == isListed)
        }
    }

    @Test func `a prompt is found by what agents call it, and by no tool's call`() {
        let snapshot = Self.snapshot(Self.mixed)
        let prompt = snapshot.prompt(named: "docs___search".utf8.span)
        #expect(prompt.map { snapshot.tools[$0].exposedName } == "docs___prompt:search")
        #expect(prompt.map { snapshot.tools[$0].agentName } == "docs___search")
        #expect(snapshot.tool(named: "docs___prompt:search") == nil)
        #expect(snapshot.tool(named: "docs___search").map { snapshot.tools[$0].kind } == .tool)
        #expect(snapshot.prompt(named: "docs___prompt:search".utf8.span) == nil)
        #expect(snapshot.entry(named: "docs___prompt:search") == prompt)
        #expect(snapshot.toolCount == 2)
    }

    struct Spelling: Sendable {
        let listed: String
        let template: String
        let uri: String
    }

    @Test(arguments: [
        Spelling(listed: "file:///a/secret", template: "file:///{+path}", uri: "file:///a%2Fsecret"),
        Spelling(listed: "file:///a/secret", template: "file:///{+path}", uri: "file:///a%252Fsecret"),
        Spelling(listed: "file:///a/secret", template: "file:///{+path}", uri: "FILE:///a/secret"),
        Spelling(listed: "db://prod/users", template: "db://{host}/{table}", uri: "db://PROD/users"),
        Spelling(listed: "db://me@prod/users", template: "db://{host}/{table}", uri: "db://me@Prod/users"),
    ])
    func `a hidden resource is not read in another spelling through a template`(_ row: Spelling) {
        let template = Self.entry(.template, 1, row.template)
        let hidden = Self.entry(.resource, 1, row.listed, state: .quarantined)
        let snapshot = Self.snapshot([hidden, template])
        #expect(snapshot.read(row.uri, by: Self.key, nowMs: 0) == .hidden)
        #expect(snapshot.read("\(row.uri)2", by: Self.key, nowMs: 0) != .hidden)
        let shown = Self.snapshot([Self.entry(.resource, 1, row.listed), template])
        #expect(shown.read(row.uri, by: Self.key, nowMs: 0) != .hidden)
    }

    struct Shared: Sendable {
        let entries: [ToolEntry]
        /// What agents see of each, in the order of exposed names.
        let exposed: [String]
    }

    @Test(arguments: [
        Shared(
            entries: [entry(.resource, 0, "a:1"), entry(.resource, 1, "a:2")],
            exposed: ["a:1", "a:2"]
        ),
        Shared(
            entries: [entry(.resource, 0, "a:1"), entry(.resource, 1, "a:1"), entry(.resource, 1, "a:2")],
            exposed: ["mcp-gateway://docs/a:1", "mcp-gateway://files/a:1", "a:2"]
        ),
        // Another spelling of one URI.
        Shared(
            entries: [entry(.resource, 0, "a:b"), entry(.resource, 1, "a:%62")],
            exposed: ["mcp-gateway://docs/a:b", "mcp-gateway://files/a:%62"]
        ),
        // A template of another target could mean it.
        Shared(
            entries: [entry(.resource, 0, "db://users/1"), entry(.template, 1, "db://users/{id}")],
            exposed: ["mcp-gateway://docs/db://users/1", "mcp-gateway://files/db://users/{id}"]
        ),
        // One of the same target couldn't.
        Shared(
            entries: [entry(.resource, 0, "db://users/1"), entry(.template, 0, "db://users/{id}")],
            exposed: ["db://users/1", "db://users/{id}"]
        ),
        Shared(
            entries: [
                entry(.template, 0, "db://{a}"), entry(.template, 1, "db://x/{b}"),
                entry(.template, 1, "e:{b}"),
            ],
            exposed: ["mcp-gateway://docs/db://{a}", "mcp-gateway://files/db://x/{b}", "e:{b}"]
        ),
        Shared(
            entries: [entry(.template, 0, "db://a/{a}"), entry(.template, 1, "db://b/{b}")],
            exposed: ["db://a/{a}", "db://b/{b}"]
        ),
        // Three deep: the middle one is of the same target as the outer.
        Shared(
            entries: [
                entry(.template, 0, "a:{x}"), entry(.template, 0, "a:b{x}"), entry(.resource, 1, "a:bc"),
                entry(.resource, 0, "a:d"),
            ],
            exposed: [
                "a:d", "mcp-gateway://docs/a:b{x}", "mcp-gateway://docs/a:{x}", "mcp-gateway://files/a:bc",
            ]
        ),
    ])
    func `a URI that two targets could mean is shown rewritten, and no other`(_ row: Shared) {
        let snapshot = Self.snapshot(row.entries)
        #expect(snapshot.tools.indices.map { snapshot.resources.exposedURI(at: $0) } == row.exposed)
    }

    struct Read: Sendable {
        let uri: String
        /// The entry that stands for it and the target's own URI; nil when there is none.
        let entry: String?
        var own: String?
    }

    private static let library = [
        entry(.resource, 0, "file:///a"), entry(.resource, 0, "file:///held", state: .quarantined),
        entry(.template, 0, "file:///{+path}"), entry(.resource, 1, "same:x"), entry(.resource, 2, "same:x"),
        entry(.template, 1, "db://{t}"), entry(.template, 1, "db://secret/{t}", state: .quarantined),
    ]

    @Test(arguments: [
        Read(uri: "file:///a", entry: "docs___resource:file:///a"),
        Read(uri: "file:///b/c", entry: "docs___template:file:///{+path}"),
        Read(uri: "mcp-gateway://docs/file:///a", entry: "docs___resource:file:///a", own: "file:///a"),
        Read(uri: "mcp-gateway://docs/file:///z", entry: "docs___template:file:///{+path}", own: "file:///z"),
        // One that is listed decides alone, however it is spelled.
        Read(uri: "file:///held", entry: nil), Read(uri: "file:///%68eld", entry: nil),
        Read(uri: "mcp-gateway://docs/file:///h%65ld", entry: nil),
        // Two targets have it: the caller has to say which.
        Read(uri: "same:x", entry: nil),
        Read(uri: "mcp-gateway://wiki/same:x", entry: "wiki___resource:same:x", own: "same:x"),
        Read(uri: "mcp-gateway://docs/same:x", entry: nil),
        Read(uri: "db://a", entry: "files___template:db://{t}"),
        // Which of its templates the target takes is its own affair: all must be allowed.
        Read(uri: "db://secret/a", entry: nil),
        // A path that climbs means another resource than it says.
        Read(uri: "file:///b/../held", entry: nil), Read(uri: "file:///b/%2e%2E/held", entry: nil),
        Read(uri: "file:///b%2f..%2fheld", entry: nil), Read(uri: "file:///b/./c", entry: nil),
        Read(uri: "other:y", entry: nil), Read(uri: "", entry: nil),
        Read(uri: "mcp-gateway://docs/", entry: nil),
        Read(uri: "mcp-gateway://nowhere/file:///a", entry: nil), Read(uri: "file:///ä", entry: nil),
        Read(uri: "mcp-gateway://docs/mcp-gateway://docs/file:///a", entry: nil),
    ])
    func `a read means one entry that the caller has, or nothing`(_ row: Read) {
        let snapshot = Self.snapshot(Self.library)
        let decision = snapshot.read(row.uri, by: Self.key, nowMs: 0)
        guard let entry = row.entry, let position = snapshot.entry(named: entry) else {
            #expect(decision == .hidden)
            return
        }
        #expect(decision == .allowed(position, uri: row.own ?? row.uri))
    }

    @Test(arguments: [
        ("file:///secret/a", false), ("file:///%73ecret/a", false), ("file:///%2573ecret/a", false),
        ("file:///open/a", true), ("file:///a", true),
    ])
    func `a deny pattern holds for a template's URI, as it is written and decoded`(
        _ uri: String,
        _ isAllowed: Bool
    ) {
        for isKeys in [false, true] {
            let deny = ["docs___resource:file:///secret*"]
            let snapshot = Self.snapshot(Self.library, deny: isKeys ? [] : deny, keyDeny: isKeys ? deny : [])
            #expect((snapshot.read(uri, by: Self.key, nowMs: 0) != .hidden) == isAllowed)
        }
    }

    @Test(arguments: [
        ("file:///my%20docs/*", "file:///my%20docs/pay.txt"),
        ("file:///my%20docs/*", "file:///my%20docs%2Fpay.txt"),
        ("file:///my%20docs/*", "file:///my%2520docs/pay.txt"), ("file:///My/*", "FILE:///my/a"),
        ("file:///my/*", "file:///MY/a"),
    ])
    func `a deny pattern holds for a template's URI in any spelling of both`(_ pattern: String, _ uri: String)
    {
        let snapshot = Self.snapshot(Self.library, deny: ["docs___resource:\(pattern)"])
        #expect(snapshot.read(uri, by: Self.key, nowMs: 0) == .hidden)
        #expect(snapshot.read("file:///other%20docs/a", by: Self.key, nowMs: 0) != .hidden)
    }

    @Test func `a spelling that is held back is read by no other spelling of the same URI`() {
        for isFirstHeld in [true, false] {
            let snapshot = Self.snapshot([
                Self.entry(.resource, 0, "a:%62", state: isFirstHeld ? .quarantined : .active),
                Self.entry(.resource, 0, "a:b", state: isFirstHeld ? .active : .quarantined),
            ])
            for uri in ["a:b", "a:%62", "%61:b"] {
                #expect(snapshot.read(uri, by: Self.key, nowMs: 0) == .hidden)
            }
        }
        let both = Self.snapshot([Self.entry(.resource, 0, "a:%62"), Self.entry(.resource, 0, "a:b")])
        let position = both.entry(named: "docs___resource:a:b") ?? -1
        #expect(both.read("a:b", by: Self.key, nowMs: 0) == .allowed(position, uri: "a:b"))
    }

    @Test func `where the caller has one of two targets alone, its plain URI is good`() {
        let snapshot = Self.snapshot(Self.library, deny: ["wiki___*"])
        let position = snapshot.entry(named: "files___resource:same:x") ?? -1
        #expect(snapshot.read("same:x", by: Self.key, nowMs: 0) == .allowed(position, uri: "same:x"))
        // What it is called doesn't depend on who looks.
        #expect(snapshot.resources.exposedURI(at: position) == "mcp-gateway://files/same:x")
    }

    @Test func `URIs in a target's results are rewritten as its lists are, and others' stay`() {
        let resources = Self.snapshot(Self.library).resources
        #expect(resources.exposed("same:x", of: 1) == "mcp-gateway://files/same:x")
        #expect(resources.exposed("same:x", of: 0) == "same:x")
        #expect(resources.exposed("file:///a", of: 0) == "file:///a")
        #expect(resources.exposed("https://example.com/", of: 1) == "https://example.com/")
        #expect(resources.rewrites(resultsOf: 1) && resources.rewrites(resultsOf: 2))
        #expect(!resources.rewrites(resultsOf: 0))
        for (uri, target) in [("same:x", 1), ("same:x", 0), ("file:///a", 0), ("https://example.com/", 1)] {
            #expect(resources.exposedByBeginning(uri, of: target) == resources.exposed(uri, of: target))
        }
    }

    @Test(arguments: [
        ("db://rows/7", true), ("DB://rows/7", true), ("db://r%6Fws/7", true), ("db://rows/own", false),
        ("db://rows/taken", true), ("db://rows/%74aken", true), ("db://row", false), ("db://rowt/7", false),
        ("db://rows/a/../b", false), ("aa:1", true), ("ab:1", false), ("zz:A1", true),
        ("zz:%411", true), ("https://example.com/db://rows/7", false), ("", false),
        ("mcp-gateway://docs/db://rows/7", false), ("db://rows/ä", false),
    ])
    func `a URI that is one of very many in a result is rewritten by what it begins with`(
        _ uri: String,
        _ isRewritten: Bool
    ) {
        let resources = Self.snapshot([
            Self.entry(.template, 0, "aa:{n}"), Self.entry(.template, 0, "ab:{n}"),
            Self.entry(.template, 0, "cc:{n}/x"), Self.entry(.template, 1, "cc:{n}/x"),
            Self.entry(.template, 0, "db://rows/more/{n}"), Self.entry(.template, 0, "db://rows/{n}"),
            Self.entry(.resource, 0, "db://rows/own"), Self.entry(.resource, 0, "db://rows/taken"),
            Self.entry(.template, 0, "zz:A{n}"), Self.entry(.template, 1, "aa:{n}"),
            Self.entry(.resource, 1, "db://rows/taken"), Self.entry(.template, 1, "zz:A{n}"),
            Self.entry(.resource, 2, "db://rows/more/1"),
        ]).resources
        let seen = isRewritten ? "mcp-gateway://docs/\(uri)" : uri
        #expect(resources.exposedByBeginning(uri, of: 0) == seen)
        #expect(resources.exposed(uri, of: 0) == seen)
        // One that only begins so can't be read in either form.
        #expect(resources.exposed("cc:7/y", of: 0) == "cc:7/y")
        #expect(resources.exposedByBeginning("cc:7/y", of: 0) == "mcp-gateway://docs/cc:7/y")
        // Nothing of this target's is shown rewritten by its beginning.
        #expect(resources.exposedByBeginning("db://rows/7", of: 2) == "db://rows/7")
    }

    @Test func `a template is named as agents see it, by whoever has it`() {
        let snapshot = Self.snapshot(Self.library)
        let position = snapshot.entry(named: "docs___template:file:///{+path}")
        #expect(snapshot.template(exposedAs: "file:///{+path}", for: Self.key, nowMs: 0) == position)
        let rewritten = "mcp-gateway://docs/file:///{+path}"
        #expect(snapshot.template(exposedAs: rewritten, for: Self.key, nowMs: 0) == position)
        #expect(snapshot.template(exposedAs: "db://secret/{t}", for: Self.key, nowMs: 0) == nil)
        #expect(snapshot.template(exposedAs: "nothing:{x}", for: Self.key, nowMs: 0) == nil)
    }

    @Test func `a change of one kind changes the fingerprint of its own list alone`() {
        func fingerprint(_ entries: [ToolEntry]) -> ViewFingerprint {
            Self.snapshot(entries).fingerprint(for: Self.key, nowMs: 0)
        }
        let before = fingerprint(Self.mixed)
        #expect(fingerprint(Self.mixed).changes(since: before) == [])
        #expect(fingerprint(Self.mixed + [Self.entry(.tool, 2, "t")]).changes(since: before) == .tools)
        #expect(fingerprint(Self.mixed + [Self.entry(.prompt, 2, "t")]).changes(since: before) == .prompts)
        #expect(
            fingerprint(Self.mixed + [Self.entry(.template, 2, "x:{t}")]).changes(since: before) == .resources
        )
        // Another target lists the same URI: it is shown rewritten from now on.
        let shared = Self.mixed + [Self.entry(.resource, 2, "file:///search", state: .quarantined)]
        #expect(fingerprint(shared).changes(since: before) == .resources)
    }

    @Test func `a large catalog of templates that begin alike is compiled quickly`() {
        // Each begins as the one before: the worst case for what stands inside what.
        var text = "a:"
        let entries = (0..<400).flatMap { number -> [ToolEntry] in
            text += "b"
            return [
                Self.entry(.template, number % 3, "\(text){x}"),
                Self.entry(.resource, number % 3, "\(text)-\(number)"),
            ]
        }
        let clock = ContinuousClock()
        let took = clock.measure {
            let snapshot = Self.snapshot(entries)
            // The first resource begins as its own target's template alone.
            #expect(snapshot.tools.indices.count { !snapshot.resources.isShared($0) } == 1)
        }
        #expect(took < .seconds(5))
    }
}
