import HTTP
import JSON

/// `permission allow` and `permission deny`.
func addPermission(_ effect: String, _ tenant: String, _ pattern: String, _ session: Session) throws {
    let rule = try session.ask(
        .post,
        ["permissions"],
        [("tenant", .string(tenant)), ("effect", .string(effect)), ("pattern", .string(pattern))]
    )
    let verb = effect == "allow" ? "allowed" : "denied"
    session.answer(rule, done: "\(verb) \(rule.word("pattern")) for tenant \(rule.word("tenant"))")
}
