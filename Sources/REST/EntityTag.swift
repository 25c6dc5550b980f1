/// The revision of a thing, as `ETag` and `If-Match` write it. Source: RFC 9110 §8.8.3, §13.1.1
package struct EntityTag: Sendable, Equatable {
    package let revision: Int64

    package init(_ revision: Int64) { self.revision = revision }

    /// With its quotes, e.g. `"7"`.
    package var text: String { "\"\(revision)\"" }
}

extension EntityTag {
    /// What a request demands of the revision that is there.
    package enum Condition: Sendable, Equatable {
        /// `*`, or no condition at all.
        case any
        /// One of these; none of them when every tag was weak or foreign.
        case oneOf([Int64])

        /// Reads an `If-Match` field; nil demands nothing.
        ///
        /// Weak tags never match, as RFC 9110 wants it, and neither does what this API never gave out.
        package init(ifMatch field: String?) {
            guard let field else {
                self = .any
                return
            }
            let tags = field.split(separator: ",").map { $0.filter { $0 != " " && $0 != "\t" } }
            if tags == ["*"] {
                self = .any
            } else {
                self = .oneOf(
                    tags.compactMap { tag in
                        guard tag.utf8.count >= 3, tag.hasPrefix("\""), tag.hasSuffix("\"") else {
                            return nil
                        }
                        return Int64(tag.dropFirst().dropLast())
                    }
                )
            }
        }

        package func allows(_ revision: Int64) -> Bool {
            switch self {
            case .any: true
            case .oneOf(let revisions): revisions.contains(revision)
            }
        }

        /// Why a thing at that revision isn't to be changed by this request; nil when it may be.
        package func problem(_ revision: Int64, _ thing: String) -> Problem? {
            if allows(revision) { return nil }
            return Problem(
                .preconditionFailed,
                "\(thing) is at revision \(revision), not at the one in If-Match",
                hint: "get it again, look at what changed, and send If-Match: \(EntityTag(revision).text)"
            )
        }
    }
}
