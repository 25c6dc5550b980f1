/// A page of a list.
package struct Listing<Item: Sendable>: Sendable {
    package let items: [Item]
    /// Where the next page starts; nil when there is none.
    package let nextCursor: String?

    package func map<Other>(_ transform: (Item) -> Other) -> Listing<Other> {
        Listing<Other>(items: items.map(transform), nextCursor: nextCursor)
    }
}

/// The JSON form of a page of a list: its items, and the cursor of the next page.
package struct ListForm<Item: ListedForm>: Form {
    package typealias Record = Listing<Item.Record>

    let items = Member(Item.plural, listOf: Item.self, max: Page.limitMax, \Listing<Item.Record>.items)
    let nextCursor = Member(
        "nextCursor",
        .text(1...2_048, "sent back as `cursor` for the next page"),
        \Listing<Item.Record>.nextCursor
    )

    package init() {}

    package static var names: [String] { Item.names }
}

/// The arguments of every list.
package struct PageArguments: Arguments {
    let limit = Argument.query(
        "limit",
        .count(1...Page.limitMax),
        "how many at most; \(Page.limitDefault) when left out"
    )
    let cursor = Argument.query(
        "cursor",
        .text(1...2_048),
        "the nextCursor of the page before, with the same filters"
    )

    package init() {}
}
