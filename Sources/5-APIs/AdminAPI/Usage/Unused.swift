import Calendar
package import REST
package import Store

/// `/usage/unused`: tools, keys and subscriptions that nobody has used for a while.
package enum Unused {
    package struct ListArguments: Arguments {
        let since = Argument.query(
            "since",
            .pastMoment("since"),
            "since when; 30d when left out"
        ).option("30d|DAY")
        let page = PageArguments()

        package init() {}
    }

    private static let sinceDefault = PastMoment.ago(milliseconds: 30 * UTCDay.ms)

    package static let list = AdminOperation.listing(
        "/usage/unused",
        id: "usageUnused",
        "Lists tools that nobody called, keys that nothing was asked with, and subscriptions without a call.",
        takes: ListArguments.self,
        of: UnusedForm.self,
        verb: Verb(
            "usage unused",
            "Lists tools that nobody called, keys that nobody used, and subscriptions without a call.",
            details: """
                What came later than --since isn't listed. Tools and subscriptions are told by the UTC day. Of keys that are revoked
                or expired, subscriptions that are over, and tools of targets that were removed there is nothing.
                """,
            example: "mcp-gateway usage unused --since 90d",
            shows: .table(
                headings: [
                    "KIND", Heading("NAME").whole, Heading("TENANT").yields(.third),
                    Heading("TARGET").yields(.second), "LAST USED", Heading("SINCE").yields(.first),
                ],
                ifEmpty: "all that was there before --since was used since; what came later isn't judged",
                rows: { thing in
                    [
                        [
                            .text(thing.kind), .text(thing.name), Cell(thing.tenant), Cell(thing.target),
                            thing.lastUsedAtMs.map { .moment($0) } ?? .text("never"),
                            .moment(thing.availableSinceMs),
                        ]
                    ]
                }
            )
        ),
        place: { $0.place },
        isAfter: { $0.place > $1 }
    ) { reading, call throws(StoreError) in
        let since = call.since ?? sinceDefault
        return try reading.unused(sinceMs: since.milliseconds(nowMs: call.nowMs), nowMs: call.nowMs)
    }
}

/// The JSON form of something that nobody has used; docs/cli-json.md describes it.
package struct UnusedForm: ListedForm {
    package typealias Record = UnusedThing

    package static let component: String? = "Unused"
    package static let plural = "unused"
    package static let names = ["name"]

    package let kind = Member("kind", .word(of: UnusedThing.Kind.self), \Record.kind.rawValue)
    package let name = Member(
        "name",
        .text(1...1_024, "a tool's exposed name, a key's prefix, a subscription's id"),
        \Record.name
    )
    package let tenant = Member("tenant", .text(1...200, "of a key or a subscription"), \Record.tenant)
    package let target = Member("target", .text(1...200, "of a tool or a subscription"), \Record.target)
    package let lastUsedAtMs = Member(
        "lastUsedAtMs",
        .integer.described(
            "milliseconds since 1970, of tools and subscriptions the UTC day's beginning; null when it never was"
        ),
        \Record.lastUsedAtMs
    )
    package let availableSinceMs = Member(
        "availableSinceMs",
        .integer.described("first seen, issued or approved, in milliseconds since 1970"),
        \Record.availableSinceMs
    )

    package init() {}
}
