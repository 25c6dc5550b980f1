import Control
import HTTP
package import REST
import Store

/// `/keys`: tenants' keys, named by their prefixes.
package enum Keys {
    static let all: [any AnyOperation<Services>] = [issue, list, show, rotate, revoke]

    package struct IssueArguments: Arguments {
        package let tenant = Argument.member("tenant", .name)
        package let name = Argument.optional("name", .text(1...100, "what the key is for"))
        package let expires = Argument.optional("expires", .expiryText)
        package let allow = Argument.list("allow", .patternTexts)
        package let deny = Argument.list("deny", .patternTexts)
        package let limit = LimitFigures()

        package init() {}
    }

    package static let issue = AdminOperation.changing(
        .post,
        "/keys",
        id: "keyIssue",
        "Makes a key for a tenant, with a limit of its own if asked for, and answers it once.",
        takes: IssueArguments.self,
        answers: IssuedKeyForm.self,
        status: 201,
        problems: [.notFound, .conflict],
        verb: .own("key issue")
    ) { writing, call, _ throws(StoreError) in
        let nowMs = call.nowMs
        let draft = KeyDraft(
            tenant: call.tenant,
            name: call.name,
            expires: call.expires,
            allow: call.allow,
            deny: call.deny
        )
        let limit = LimitChange(call.limit)
        let issued = try writing.issueKey(draft, nowMs: nowMs)
        if limit.setsAnything { try writing.setLimit(.key(prefix: issued.record.prefix), limit) }
        return IssuedKeyForm.Record(
            key: ShownKey(record: issued.record, nowMs: nowMs),
            text: issued.key.text
        )
    }

    struct ListArguments: Arguments {
        let tenant = Argument.query("tenant", .tenant(.anyName), "only this tenant's")
            .operand(isOptional: true).offering(.tenants)
        let page = PageArguments()
    }

    private static let list = AdminOperation.listing(
        "/keys",
        id: "keyList",
        "Lists keys by their prefixes, oldest first; their texts are stored nowhere.",
        takes: ListArguments.self,
        of: KeyForm.self,
        problems: [.notFound],
        verb: Verb(
            "key list",
            "Lists keys by their prefixes; their texts are stored nowhere.",
            example: "mcp-gateway key list team-a",
            shows: .table(KeyForm.columns, ifEmpty: "no keys yet; `mcp-gateway key issue` makes one")
        ),
        place: { "\($0.record.id)" },
        isAfter: { $0.record.id > Int64($1) ?? 0 }
    ) { reading, call throws(StoreError) in
        let nowMs = call.nowMs
        return try reading.keys(of: call.tenant).map { ShownKey(record: $0, nowMs: nowMs) }
    }

    package struct ShowArguments: Arguments {
        package let prefix = prefixInPath

        package init() {}
    }

    package static let show = AdminOperation.reading(
        "/keys/{prefix}",
        id: "keyShow",
        "Shows a key and what it may do; not its text.",
        takes: ShowArguments.self,
        answers: KeyDetailsForm.self,
        problems: [.notFound],
        verb: Verb(
            "key show",
            "Shows a key and what it may do; its text is stored nowhere.",
            example: "mcp-gateway key show 3k9x0v2a",
            shows: .details(KeyDetailsForm.rows)
        )
    ) { reading, call throws(StoreError) in
        try KeyDetails(of: call.prefix, in: reading, nowMs: call.nowMs)
    }

    package struct RotateArguments: Arguments {
        package let prefix = prefixInPath
        package let overlap = Argument.optionalNotNull("overlap", .durationText)
        package let dryRun = Argument.dryRun

        package init() {}
    }

    package static let rotate = AdminOperation.changing(
        .post,
        "/keys/{prefix}/rotate",
        id: "keyRotate",
        "Makes a key that takes the place of another, and answers it once; the old one goes on for a while.",
        takes: RotateArguments.self,
        answers: RotatedKeyForm.self,
        isBodyOptional: true,
        status: 201,
        problems: [.notFound, .conflict],
        verb: .own("key rotate")
    ) { writing, call, _ throws(StoreError) in
        let (nowMs, overlap) = (call.nowMs, call.overlap ?? "24h")
        let overlapMs = overlap == "0s" ? 0 : try checked(lifeMs(overlap, for: "the old key to go on"))
        let rotated = try writing.rotateKey(prefix: call.prefix, overlapMs: overlapMs)
        return RotatedKeyForm.Record(
            new: ShownKey(record: rotated.new.record, nowMs: nowMs),
            text: call.isDryRun ? nil : rotated.new.key.text,
            old: ShownKey(record: rotated.old, nowMs: nowMs)
        )
    }

    package struct RevokeArguments: Arguments {
        package let prefix = prefixInPath
        package let dryRun = Argument.dryRun

        package init() {}
    }

    package static let revoke = AdminOperation.changing(
        .post,
        "/keys/{prefix}/revoke",
        id: "keyRevoke",
        "Stops a key for good.",
        takes: RevokeArguments.self,
        answers: KeyForm.self,
        problems: [.notFound],
        verb: Verb(
            "key revoke",
            "Stops a key for good.",
            example: "mcp-gateway key revoke 3k9x0v2a",
            shows: .done { "revoked key \($0.prefix) of tenant \($0.tenant)" }
        )
    ) { writing, call, _ throws(StoreError) in
        ShownKey(record: try writing.revokeKey(prefix: call.prefix), nowMs: call.nowMs)
    }

    private static var prefixInPath: Argument<String> {
        .path("prefix", .anyName, "the 8 characters between mgw_ and the next _").operand().offering(
            .activeKeys
        )
    }
}
