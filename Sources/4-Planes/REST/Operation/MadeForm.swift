import Locks
import Synchronization

/// A form with its members, made once for a process: finding the members looks at the types of all properties. Any thread.
final class MadeForm<F: Form>: Sendable {
    let form: F
    let members: [any FormMember<F.Record>]

    /// - Precondition: every stored property of the form is a member of it.
    private init() {
        form = F()
        members = Mirror(reflecting: form).children.map { child in
            guard let member = child.value as? any FormMember<F.Record> else {
                preconditionFailure("\(F.self).\(child.label ?? "") is no member of the form")
            }
            return member
        }
    }

    static var shared: MadeForm<F> {
        let id = ObjectIdentifier(F.self)
        if let known = madeForms.withLock({ $0[id] }) as? MadeForm<F> { return known }
        // Not under the lock, as its members may be forms themselves. Of two threads that make it, both have a sound one.
        let made = MadeForm<F>()
        madeForms.withLock { $0[id] = made }
        return made
    }
}

/// By the form's type.
private let madeForms = Locked<[ObjectIdentifier: any AnyObject & Sendable]>([:])
