import Locks
import Synchronization

/// A form with its members, made once for a process, because finding the members inspects the types of all properties.
/// Any thread.
final class MadeForm<F: Form>: Sendable {
    let form: F
    let members: [any FormMember<F.Record>]

    /// - Precondition: every stored property of the form is a member of it.
    private init() {
        form = F()
        members = Mirror(reflecting: form).children.map { child in
            guard let member = child.value as? any FormMember<F.Record> else {
                preconditionFailure("\(F.self).\(child.label ?? "") is not a member of the form")
            }
            return member
        }
    }

    static var shared: MadeForm<F> {
        let id = ObjectIdentifier(F.self)
        if let known = madeForms.withLock({ $0[id] }) as? MadeForm<F> { return known }
        // Not under the lock, because its members may be forms too. If two threads make it at once, both get a valid
        // one.
        let made = MadeForm<F>()
        madeForms.withLock { $0[id] = made }
        return made
    }
}

/// [the form's type] → the form.
private let madeForms = Locked<[ObjectIdentifier: any AnyObject & Sendable]>([:])
