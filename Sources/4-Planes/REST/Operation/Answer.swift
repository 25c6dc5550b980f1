package import JSON

/// The JSON of an answer, read by the names that its form declares, as in `answer.expiresAtMs`.
///
/// A member that the JSON lacks, or has in another form, reads as an empty value, because the answer may come from a
/// server of another version. Texts come from the server unchecked, so they must be made safe before they are shown.
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
