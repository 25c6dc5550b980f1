import HTTP

/// The possible values of a word of the command line, for completion.
package enum Offer: Sendable, Equatable {
    case nothing
    case words([String])
    case file
    /// The servers that the user has named.
    case servers
    /// The present items of a list of the API.
    case items(ItemOffer)

    /// The items of a list, whose path is `/` and the form's `plural`.
    /// - Parameters:
    ///   - name: the member that is the word's value.
    ///   - about: members that describe the item.
    ///   - query: the query that narrows the list.
    package static func items<Item: ListedForm, Value>(
        of item: Item.Type,
        _ name: KeyPath<Item, Member<Item.Record, Value>>,
        about: [PartialKeyPath<Item>],
        query: KeyValuePairs<String, String> = [:]
    ) -> Offer {
        let form = Item()
        return .items(
            ItemOffer(
                list: Item.plural,
                name: form[keyPath: name].name,
                about: about.compactMap { path in
                    (form[keyPath: path] as? any FormMember)?.schemaMembers.first?.name
                },
                query: query.map { .init($0.key, $0.value) }
            )
        )
    }

    /// The same, only for items whose member has this value.
    package func having<Item: ListedForm, Value>(
        _ member: KeyPath<Item, Member<Item.Record, Value>>,
        _ value: ItemOffer.Condition.Value
    ) -> Offer {
        guard case .items(var items) = self else { return self }
        items.conditions.append(.init(member: Item()[keyPath: member].name, value: value))
        return .items(items)
    }
}

/// The names of the items in a list of the API.
package struct ItemOffer: Sendable, Equatable {
    package struct Condition: Sendable, Equatable {
        package enum Value: Sendable, Equatable {
            case word(String)
            /// The value given for the operand at this position; if none is given, all items are offered.
            case operand(Int)
        }

        package let member: String
        package let value: Value
    }

    /// The list's path, and the member of the answer that holds the items.
    package let list: String
    /// The member that is the word's value.
    package let name: String
    /// Members that describe the item.
    package let about: [String]
    package let query: [APIRequest.QueryItem]
    package fileprivate(set) var conditions: [Condition] = []

    package var request: APIRequest { APIRequest(.get, [list], query: query) }
}
