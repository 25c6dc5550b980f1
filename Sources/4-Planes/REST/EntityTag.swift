/// The revision of a thing, as `ETag` and `If-Match` write it. Source: RFC 9110 §8.8.3, §13.1.1
package struct EntityTag: Sendable, Equatable {
    package let revision: Int64

    package init(_ revision: Int64) { self.revision = revision }

    /// The tag with its quotes, e.g. `"7"`.
    package var text: String { "\"\(revision)\"" }

    /// The revision that an `If-Match` field demands; nil for no demand, also for `*`.
    ///
    /// A tag that this API never gives out (a weak or foreign one) becomes -1, a revision that nothing has.
    /// - Throws: `.malformed` for a list, because a thing has one revision.
    package static func expected(_ field: String?) throws(Problem) -> Int64? {
        guard let field, field != "*" else { return nil }
        guard !field.contains(",") else {
            throw Problem(
                .malformed,
                "If-Match names several entity tags",
                hint: "send the ETag of the revision that was read"
            )
        }
        guard field.utf8.count >= 3, field.hasPrefix("\""), field.hasSuffix("\"") else { return -1 }
        return Int64(field.dropFirst().dropLast()) ?? -1
    }
}
