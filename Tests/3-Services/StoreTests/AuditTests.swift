import Bytes
import Policy
import SQLite
import Store
import Testing

struct AuditTests {
    /// One change each, on a store with `acme`, its key, a permission, target `time`, and the admin token `ci`.
    enum Change: String, CaseIterable, Sendable {
        case createTenant, updateTenant, suspendTenant, removeTenant, issueKey, revokeKey, rotateKey, allow,
            removePermission, addTarget, updateTarget, disableTarget, removeTarget, syncFiles, issueToken,
            revokeToken, refuse

        func apply(_ write: borrowing WriteTransaction) throws(StoreError) {
            let acme = try checked(TenantName("acme"))
            let time = try checked(TargetName("time"))
            switch self {
            case .createTenant: try write.createTenant(try checked(TenantName("new")), title: "New")
            case .updateTenant: try write.updateTenant(acme, TenantChange(title: "Acme", labels: ["a": "b"]))
            case .suspendTenant: try write.suspendTenant(acme)
            case .removeTenant: try write.removeTenant(acme, force: true)
            case .issueKey: _ = try write.issueKey(for: acme, name: "two")
            case .revokeKey: try write.revokeKey(prefix: try key(write))
            case .rotateKey: _ = try write.rotateKey(prefix: try key(write), overlapMs: 5)
            case .allow: try write.addPermission(.allow, try pattern("b___*"), to: acme)
            case .removePermission: try write.removePermission(try pattern("a___*"), of: acme)
            case .addTarget:
                try write.addTarget(TargetSpec(name: try checked(TargetName("b")), function: "f"))
            case .updateTarget: try write.updateTarget(TargetSpec(name: time, function: "g", timeoutMs: 5))
            case .disableTarget: try write.setTargetEnabled(time, false)
            case .removeTarget: try write.removeTarget(time)
            case .syncFiles:
                _ = try write.syncFileTargets([
                    TargetSpec(name: try checked(TargetName("file")), function: "f")
                ])
            case .issueToken: _ = try write.issueAdminToken(name: "two", role: .viewer)
            case .revokeToken: try write.revokeAdminToken("ci")
            case .refuse:
                try write.recordRefusals([
                    RefusedAuthentication(address: "192.0.2.7", reason: "unknown key", count: 12)
                ])
            }
        }

        var events: [String] {
            switch self {
            case .createTenant: ["tenant.create tenant:new"]
            case .updateTenant: ["tenant.update tenant:acme"]
            case .suspendTenant: ["tenant.suspend tenant:acme"]
            case .removeTenant: ["key.revoke key", "tenant.remove tenant:acme"]
            case .issueKey: ["key.issue key"]
            case .revokeKey: ["key.revoke key"]
            case .rotateKey: ["key.issue key", "key.rotate key"]
            case .allow: ["permission.allow permission:2"]
            case .removePermission: ["permission.remove permission:1"]
            case .addTarget: ["target.add target:b"]
            case .updateTarget: ["target.update target:time"]
            case .disableTarget: ["target.disable target:time"]
            case .removeTarget: ["target.remove target:time"]
            case .syncFiles: ["target.add target:file"]
            case .issueToken: ["admin-token.issue admin-token:two"]
            case .revokeToken: ["admin-token.revoke admin-token:ci"]
            case .refuse: ["authentication.refuse address:192.0.2.7"]
            }
        }

        private func pattern(_ text: String) throws(StoreError) -> NamePattern {
            guard let pattern = NamePattern(text) else { throw StoreError(.invalid, text) }
            return pattern
        }

        private func key(_ write: borrowing WriteTransaction) throws(StoreError) -> String {
            try write.reading.keys().first?.prefix ?? ""
        }
    }

    private func withFurnishedStore(_ body: (Store, [String]) async throws -> Void) async throws {
        let pattern = try #require(NamePattern("a___*"))
        try await withStore { store in
            let acme = try TenantName("acme")
            let time = try TargetName("time")
            let secrets = try await store.writing { write throws(StoreError) in
                try write.createTenant(acme)
                let key = try write.issueKey(for: acme)
                try write.addPermission(.allow, pattern, to: acme)
                try write.addTarget(TargetSpec(name: time, function: "f"))
                let token = try write.issueAdminToken(name: "ci", role: .operator)
                return [key.key.text, token.token.text, key.key.hash.hex, token.token.hash.hex]
            }
            try await body(store, secrets)
        }
    }

    @Test(arguments: Change.allCases)
    func `every change is logged with its actor, request, before and after, and without secrets`(
        _ change: Change
    ) async throws {
        try await withFurnishedStore { store, secrets in
            let before = try await store.events().count
            try await store.write(as: .admin(token: "ci"), requestID: "req-1") { write throws(StoreError) in
                try change.apply(write)
            }
            let all = try await store.events()
            let new = Array(all.dropLast(before).reversed())
            let names = new.map { event in
                let object = event.object.hasPrefix("key:") ? "key" : event.object
                return "\(event.action) \(object)"
            }
            #expect(names == change.events)
            for event in new {
                #expect(event.actor == (change == .refuse ? "anonymous:192.0.2.7" : "admin:ci"))
                #expect(event.requestID == "req-1" && event.atMs == 1_000)
                #expect(event.before != nil || event.after != nil)
                #expect(event.before != event.after)
                #expect(event.before != "{}" && event.after != "{}")
            }
            #expect(all.map { $0.id } == Array((1...Int64(all.count)).reversed()))
            let verification = try await store.verifyAudit()
            #expect(verification.faults.isEmpty && verification.count == all.count)
            let hashes = secrets + secrets.compactMap { $0.split(separator: "_").last.map { String($0) } }
            for text in all.flatMap({ [$0.before ?? "", $0.after ?? ""] }) {
                for secret in hashes { #expect(!text.contains(secret)) }
            }
        }
    }

    @Test func `a write that changes nothing logs no event`() async throws {
        try await withFurnishedStore { store, _ in
            let acme = try TenantName("acme")
            let time = try TargetName("time")
            let pattern = try #require(NamePattern("a___*"))
            let file = TargetSpec(name: try TargetName("file"), function: "f", filePath: "file/target.toml")
            try await store.writing { write throws(StoreError) in _ = try write.syncFileTargets([file]) }
            let before = try await store.events()
            try await store.writing { write throws(StoreError) in
                try write.resumeTenant(acme)
                try write.updateTenant(acme, TenantChange(title: ""))
                try write.addPermission(.allow, pattern, to: acme)
                try write.removePermission(pattern, of: acme, effect: .deny)
                try write.setTargetEnabled(time, true)
                try write.updateTarget(TargetSpec(name: time, function: "f", filePath: "elsewhere"))
                _ = try write.syncFileTargets([file])
                try write.recordRefusals([RefusedAuthentication(address: "a", reason: "b", count: 0)])
            }
            #expect(try await store.events() == before)
        }
    }

    @Test func `a failed transaction leaves no event of any of its changes`() async throws {
        try await withFurnishedStore { store, _ in
            let before = try await store.events()
            await #expect(throws: StoreError.self) {
                try await store.writing { write throws(StoreError) in
                    for change in [Change.createTenant, .issueKey, .disableTarget, .issueToken] {
                        try change.apply(write)
                    }
                    try Change.createTenant.apply(write)
                }
            }
            #expect(try await store.events() == before)
            try await store.writing { write throws(StoreError) in try Change.createTenant.apply(write) }
            let verification = try await store.verifyAudit()
            #expect(verification.faults.isEmpty && verification.count == before.count + 1)
        }
    }

    @Test func `the event of an update has only the changed values`() async throws {
        try await withFurnishedStore { store, _ in
            let time = try TargetName("time")
            try await store.writing { write throws(StoreError) in
                try write.updateTarget(TargetSpec(name: time, function: "g", pinDefinitions: false))
                try write.updateTarget(
                    TargetSpec(name: time, function: "g", pinDefinitions: false, toolsJSON: "[]")
                )
            }
            let events = try await store.events(AuditFilter(limit: 2))
            #expect(events[1].before == #"{"function":"f","pinDefinitions":null}"#)
            #expect(events[1].after == #"{"function":"g","pinDefinitions":false}"#)
            #expect(events[0].before == #"{"declaredToolsSHA256":null}"#)
            #expect(
                events[0].after?.contains("4f53cda18c2baa0c0354bb5f9a3ecbe5ed12ab4d8e11ba873c2f11161202b945")
                    == true
            )
        }
    }
}

struct AuditFilterTests {
    @Test func `filters match whole actors, objects and tenants, the beginning of actions, and times`()
        async throws
    {
        let clock = TestClock(100)
        try await withStore(clock: clock.read) { store in
            for (number, name) in ["acme", "acme-2", "beta"].enumerated() {
                clock.set(Int64(number + 1) * 100)
                let name = try TenantName(name)
                try await store.write(as: .cli(user: "user\(number)")) { write throws(StoreError) in
                    try write.createTenant(name)
                    _ = try write.issueKey(for: name)
                }
            }
            func ids(_ filter: AuditFilter) async throws -> [Int64] {
                try await store.events(filter).map { $0.id }
            }
            #expect(try await ids(AuditFilter()) == [6, 5, 4, 3, 2, 1])
            #expect(try await ids(AuditFilter(actor: "cli:user1")) == [4, 3])
            #expect(try await ids(AuditFilter(actor: "cli:user")).isEmpty)
            #expect(try await ids(AuditFilter(object: "tenant:acme")) == [1])
            #expect(try await ids(AuditFilter(tenant: "acme")) == [2, 1])
            #expect(try await ids(AuditFilter(actionPrefix: "key.")) == [6, 4, 2])
            #expect(try await ids(AuditFilter(actionPrefix: "tenant.create")) == [5, 3, 1])
            for nothing in ["%", "_", "*", "KEY.", "key.issued", "'", "\u{10FFFF}"] {
                #expect(try await ids(AuditFilter(actionPrefix: nothing)).isEmpty)
            }
            #expect(try await ids(AuditFilter(sinceMs: 200)) == [6, 5, 4, 3])
            #expect(try await ids(AuditFilter(actionPrefix: "key.", sinceMs: 101, beforeID: 6)) == [4])
            #expect(try await ids(AuditFilter(limit: 0)) == [6])
            #expect(try await ids(AuditFilter(limit: .max)).count == 6)
        }
    }

    @Test func `pages by the last id have each event once, even if new ones are added meanwhile`()
        async throws
    {
        try await withStore { store in
            func add(_ range: Range<Int>) async throws {
                for number in range {
                    let name = try TenantName("t\(number)")
                    try await store.writing { write throws(StoreError) in _ = try write.createTenant(name) }
                }
            }
            try await add(0..<25)
            var seen: [Int64] = []
            var page = try await store.events(AuditFilter(limit: 10))
            while let last = page.last {
                seen += page.map { $0.id }
                try await add((100 + seen.count)..<(102 + seen.count))
                page = try await store.events(AuditFilter(beforeID: last.id, limit: 10))
            }
            #expect(seen == (1...25).reversed())
        }
    }

    @Test func `a refusal's event has the key's prefix only if it is well-formed, and its tenant if known`()
        async throws
    {
        try await withStore { store in
            let acme = try TenantName("acme")
            let prefix = try await store.writing { write throws(StoreError) in
                try write.createTenant(acme)
                return try write.issueKey(for: acme).record.prefix
            }
            let long = String(repeating: "r", count: 1_000)
            try await store.write(as: .system) { write throws(StoreError) in
                try write.recordRefusals([
                    RefusedAuthentication(
                        address: "192.0.2.1",
                        reason: "wrong key",
                        keyPrefix: prefix,
                        count: 3
                    ),
                    RefusedAuthentication(address: "::1", reason: long, keyPrefix: "not a prefix", count: 1),
                    RefusedAuthentication(
                        address: "evil\n\u{202E}",
                        reason: "x",
                        keyPrefix: "zzzzzzzz",
                        count: 1
                    ),
                ])
            }
            let events = try await store.events(AuditFilter(actionPrefix: "authentication.refuse"))
            #expect(events.map { $0.object } == ["key:zzzzzzzz", "address:::1", "key:\(prefix)"])
            #expect(events.map { $0.tenant } == [nil, nil, "acme"])
            #expect(events.map { $0.actor } == ["anonymous:evil??", "anonymous:::1", "anonymous:192.0.2.1"])
            #expect(
                events[2].after == #"{"reason":"wrong key","count":3,"keyPrefix":"\#(prefix)"}"#
            )
            #expect((events[1].after?.utf8.count ?? 0) < 300)
            #expect(events[1].after?.contains("not a prefix") == false)
        }
    }

    @Test func `many refusals are logged as a limited number of events`() async throws {
        try await withStore { store in
            let flood = (0..<10_000).map {
                RefusedAuthentication(address: "2001:db8::\($0)", reason: "unknown key", count: 2)
            }
            try await store.write(as: .system) { write throws(StoreError) in try write.recordRefusals(flood) }
            let verification = try await store.verifyAudit()
            #expect(verification.count == 1_001 && verification.faults.isEmpty)
            let last = try await store.events(AuditFilter(limit: 1))
            #expect(last.first?.after?.contains(#""count":18000"#) == true)
        }
    }
}
