package import JSON

/// The JSON of an answer, read by the names that its form declares: `answer.expiresAtMs`.
///
/// What the JSON doesn't have, or has in another form, reads as an empty value: it may come from a server of another version.
/// Texts are whatever the server says, so none is safe to show yet.
@dynamicMemberLookup
package struct Answer<F: Form>: Sendable {
    package let json: JSONValue

    package init(_ json: JSONValue) { self.json = json }

    package subscript<Value>(dynamicMember member: KeyPath<F, Member<F.Record, Value>>) -> Value {
        MadeForm<F>.shared.form[keyPath: member].read(json)
    }

    package subscript<G>(dynamicMember member: KeyPath<F, Included<F.Record, G>>) -> Answer<G> {
        Answer<G>(json)
    }
}
