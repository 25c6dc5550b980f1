import Policy
import REST

/// A caller, at a time.
struct Holder: Sendable {
    let caller: PortalCaller
    /// Milliseconds since 1970.
    let nowMs: Int64

    var expiresAtMs: Int64? {
        if case .token(let grant) = caller.principal.credential { return grant.expiresAtMs }
        return caller.key?.expiresAtMs
    }
}

/// The JSON form of a caller, for the caller itself; docs/portal-api.md describes it.
struct MeForm: Form {
    typealias Record = Holder

    static let component: String? = "Me"

    let tenant = Member("tenant", .name, \Record.caller.entry.name)
    let title = Member("title", .text, \Record.caller.entry.title)
    let credential = Member("credential", .oneOf(["key", "token"])) { (holder: Record) in
        holder.caller.key == nil ? "token" : "key"
    }
    let keyName = Member("keyName", .text, \Record.caller.key?.name)
    let keyPrefix = Member("keyPrefix", .text(1...64), \Record.caller.key?.prefix)
    let allow = Member("allow", .patterns("patterns that the key is narrowed to; none for all")) {
        (holder: Record) in
        (holder.caller.key?.allow ?? []).map { $0.text }
    }
    let deny = Member("deny", .patterns("patterns that the key never reaches")) { (holder: Record) in
        (holder.caller.key?.deny ?? []).map { $0.text }
    }
    let subject = Member("subject", .text(0...65_536, "the token's sub"), \Record.caller.token?.subject)
    let client = Member(
        "client",
        .text(0...65_536, "the token's client_id or azp"),
        \Record.caller.token?.client
    )
    let scopes = Member(
        "scopes",
        .list(Coding<String>.text, "the token's scopes that the gateway's settings name"),
        \Record.caller.token?.scopes
    )
    let expiresAtMs = Member("expiresAtMs", .moment, \Record.expiresAtMs)
    let tools = Member("tools", .count.described("how many it can call")) { (holder: Record) in
        holder.caller.snapshot.visibleTools(for: holder.caller.principal, nowMs: holder.nowMs).count
    }
}

extension Coding where Value == [String] {
    fileprivate static func patterns(_ summary: String) -> Coding {
        .list(Coding<String>.text(1...200), summary)
    }
}
