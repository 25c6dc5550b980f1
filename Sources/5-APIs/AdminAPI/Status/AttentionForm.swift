package import Control
package import REST

/// The JSON form of something that needs a person; docs/cli-json.md describes it.
package struct AttentionForm: Form {
    package typealias Record = Attention

    package static let component: String? = "Attention"

    package let severity = Member(
        "severity",
        .word(of: Attention.Severity.self),
        \Record.severity.rawValue
    )
    package let kind = Member("kind", .word(of: Attention.Kind.self), \Record.kind.rawValue)
    package let subject = Member("subject", .text, \Record.subject)
    package let message = Member("message", .text, \Record.message)
    package let sinceMs = Member("sinceMs", .moment, \Record.sinceMs)
    package let next = Member("next", .text(0...4_194_304, "what to do"), \Record.next)

    package init() {}
}
