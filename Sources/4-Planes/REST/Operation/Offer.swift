import HTTP

/// What a word of the command line may be, for whoever completes it.
package enum Offer: Sendable, Equatable {
    case nothing
    case words([String])
    case file
    /// The servers that the person has names for.
    case servers
    /// What a list of the API has now.
    case items(ItemOffer)

    /// The items of a list, which has the path `/plural`.
    /// - Parameters:
    ///   - name: what the word is.
    ///   - about: members that say more of the item.
    ///   - query: what narrows the list.
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

    /// The same of those alone that have this in a member.
    package func having<Item: ListedForm, Value>(
        _ member: KeyPath<Item, Member<Item.Record, Value>>,
        _ value: ItemOffer.Condition.Value
    ) -> Offer {
        guard case .items(var items) = self else { return self }
        items.conditions.append(.init(member: Item()[keyPath: member].name, value: value))
        return .items(items)
    }
}

/// Names that a list of the API has.
package struct ItemOffer: Sendable, Equatable {
    package struct Condition: Sendable, Equatable {
        package enum Value: Sendable, Equatable {
            case word(String)
            /// What was given as this one of the operands; when it isn't given, all items are offered.
            case operand(Int)
        }

        package let member: String
        package let value: Value
    }

    /// Its path, and the member of the answer that holds the items.
    package let list: String
    /// The member that is the word.
    package let name: String
    /// Members that say more.
    package let about: [String]
    package let query: [APIRequest.QueryItem]
    package fileprivate(set) var conditions: [Condition] = []

    package var request: APIRequest { APIRequest(.get, [list], query: query) }
}
