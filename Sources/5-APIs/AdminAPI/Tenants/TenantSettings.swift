import Control
import Policy
package import REST
import Store

/// The settings of a tenant.
package struct TenantSettings: Arguments {
    package let title = Argument.change("title", .text(1...200, "what people call it"))
    package let contact = Argument.change("contact", .text(1...200, "whom to ask about it"))
    package let labels = Argument.optionalNotNull(
        "labels",
        .texts(.string(0...200), max: 32, "names of a-z, A-Z, 0-9 and . _ / -")
    )
    package let roleARN = Argument.change(
        "roleArn",
        .text(
            1...2_048,
            "the IAM role that its calls are made with; null for the target's, or the gateway's own"
        )
    )
    package let externalID = Argument.change(
        "externalId",
        .text(2...1_224, "what the role's trust policy asks for")
    )
    package let sessionPolicy = Argument.change(
        "sessionPolicy",
        .oneOf(SessionPolicyChoice.allCases.map { $0.rawValue })
    )
    package let lambdaTenantID = Argument.change(
        "lambdaTenantId",
        .text(
            1...256,
            "its id for functions in Lambda's tenant isolation mode; no other tenant may have the same"
        )
    )

    package init() {}
}

extension TenantChange {
    /// The change that a request describes.
    init(_ settings: Values<TenantSettings>) {
        self.init(
            title: settings.title.text,
            contact: settings.contact.text,
            labels: settings.labels,
            lambdaTenantID: settings.lambdaTenantID.text,
            roleARN: settings.roleARN.text,
            externalID: settings.externalID.text,
            sessionPolicy: settings.sessionPolicy.text
        )
    }
}

extension Change {
    /// The change as the store and Control take it: nil leaves a value as it is, an empty text clears it.
    func text(_ spell: (Value) -> String) -> String? {
        switch self {
        case .keep: nil
        case .clear: ""
        case .set(let value): spell(value)
        }
    }
}

extension Change<String> {
    var text: String? { text { $0 } }
}

extension TenantSpec {
    /// A new tenant with the given settings.
    init(name: TenantName, _ change: TenantChange) {
        func given(_ text: String?) -> String? { text.flatMap { $0.isEmpty ? nil : $0 } }
        self.init(
            name: name,
            title: given(change.title),
            contact: given(change.contact),
            labels: change.labels ?? [:],
            lambdaTenantID: given(change.lambdaTenantID),
            roleARN: given(change.roleARN),
            externalID: given(change.externalID),
            sessionPolicy: change.sessionPolicy.flatMap { SessionPolicyChoice(rawValue: $0) }
        )
    }
}

extension TenantChange {
    var touchesRole: Bool { roleARN != nil || sessionPolicy != nil }
}

extension WriteTransaction {
    /// Checks that the tenant's role can be narrowed to its functions; reads a snapshot only if that is needed.
    /// - Throws: `.invalid`, which rolls the transaction back.
    borrowing func checkNarrowing(of tenant: TenantRecord) throws(StoreError) {
        let spec = tenant.spec
        guard spec.roleARN != nil, (spec.sessionPolicy ?? .standard) == .functions,
            let fault = SessionPolicyCheck.fault(ofTenant: tenant.name.text, in: try reading.loadSnapshot())
        else { return }
        throw StoreError(.invalid, fault)
    }
}
