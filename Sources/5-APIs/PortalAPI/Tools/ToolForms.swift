import JSON
import Policy
import REST

// How tools look to a tenant; docs/portal-api.md has the words.

/// Whether the caller can use a tool, and if not, what is missing.
enum ToolStanding: String, Sendable, CaseIterable {
    case available
    /// There is no subscription that holds.
    case needsSubscription = "needs-subscription"
    /// The subscription's patterns leave it out.
    case outsideSubscription = "outside-subscription"
    /// Its definition isn't the one that was approved; nobody of the tenant reads it before an operator did.
    case waitingForApproval = "waiting-for-approval"
    /// The tenant's permissions, the key's patterns or the token's scopes leave it out.
    case notPermitted = "not-permitted"

    /// The decision that calls and lists make too; the rules are asked only for what it hides.
    init(of tool: Int, for caller: PortalCaller, nowMs: Int64) {
        let snapshot = caller.snapshot
        guard snapshot.authorize(caller.principal, tool: tool, nowMs: nowMs) != .allowed else {
            self = .available
            return
        }
        self =
            switch snapshot.explain(caller.principal, tool: tool, nowMs: nowMs).rule {
            case .noSubscription, .subscriptionExpired: .needsSubscription
            case .outsideSubscription: .outsideSubscription
            case .definitionNotApproved: .waitingForApproval
            default: .notPermitted
            }
    }
}

extension ToolEntry {
    func json(target: String, _ standing: ToolStanding) -> JSONValue {
        let isReadable = standing != .waitingForApproval
        return [
            "name": .string(exposedName),
            "target": .string(target),
            "title": .optional(isReadable ? text("title") : nil),
            "description": .optional(isReadable ? text("description") : nil),
            "state": .string(standing.rawValue),
        ]
    }

    /// A text of the definition, cut by code points, as one character may have any number of them.
    private func text(_ member: StaticString) -> String? {
        let bytes = definition.span
        guard let range = JSON.member(member, of: 0..<bytes.count, in: bytes),
            // No sound text is none: a refresh takes only definitions that can be read.
            let text = (try? JSONValue(parsing: bytes, in: range))?.stringValue
        else { return nil }
        return String(String.UnicodeScalarView(text.unicodeScalars.prefix(textLengthMax)))
    }
}

private let textLengthMax = 4_096

let toolSchema = Schema.object([
    .required("name", .string(1...512, "what agents call it")),
    .required("target", .name),
    .required("title", .string(0...textLengthMax, "null too while it waits for approval").orNull),
    .required(
        "description",
        .string(0...textLengthMax, "its beginning, when it's longer; null too while it waits for approval")
            .orNull
    ),
    .required(
        "state",
        .oneOf(
            ToolStanding.allCases.map { $0.rawValue },
            "as this key or token sees it"
        )
    ),
])
