package import REST
import Store

/// What may be said about a tenant.
package struct TenantSettings: Arguments {
    package let title = Argument.change("title", .text(1...200, "what people call it"))
    package let contact = Argument.change("contact", .text(1...200, "whom to ask about it"))
    package let labels = Argument.optionalNotNull(
        "labels",
        .texts(.string(0...200), max: 32, "names of a-z, A-Z, 0-9 and . _ / -")
    )
    package let lambdaTenantID = Argument.change(
        "lambdaTenantId",
        .text(1...256, "no call uses it, so only null is taken, which clears it")
    )
    package let roleARN = Argument.change(
        "roleArn",
        .text(1...2_048, "no call uses it, so only null is taken, which clears it")
    )

    package init() {}

    package static let roleAdvice =
        "calls are made with the gateway's own AWS credentials; to keep a tenant's calls apart in IAM, run a gateway "
        + "with that role's credentials for it"
    package static let lambdaTenantAdvice =
        "calls carry no tenant id; to keep a tenant's data apart in Lambda, give it a target with a function of its own"
}

extension TenantChange {
    /// What a request says.
    /// - Throws: for a value that would be stored and do nothing; null clears what an older version stored.
    init(_ settings: Values<TenantSettings>) throws(Problem) {
        var faults: [Problem.Fault] = []
        func refuse(_ member: String, _ change: Change<String>, _ advice: String) {
            guard case .set = change else { return }
            faults.append(.init("/\(member)", "has no effect in this version, so it isn't taken: \(advice)"))
        }
        refuse("lambdaTenantId", settings.lambdaTenantID, TenantSettings.lambdaTenantAdvice)
        refuse("roleArn", settings.roleARN, TenantSettings.roleAdvice)
        if let first = faults.first {
            throw Problem(
                .invalid,
                "\(first.field) \(first.detail)",
                hint: "leave it out, or give null to clear it",
                errors: faults
            )
        }
        self.init(
            title: settings.title.text,
            contact: settings.contact.text,
            labels: settings.labels,
            lambdaTenantID: settings.lambdaTenantID.text,
            roleARN: settings.roleARN.text
        )
    }
}

extension Change {
    /// As the store and Control have it: nil leaves a value as it is, an empty text clears it.
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
    /// What is said about a new tenant.
    init(name: TenantName, _ change: TenantChange) {
        func given(_ text: String?) -> String? { text.flatMap { $0.isEmpty ? nil : $0 } }
        self.init(
            name: name,
            title: given(change.title),
            contact: given(change.contact),
            labels: change.labels ?? [:],
            lambdaTenantID: given(change.lambdaTenantID),
            roleARN: given(change.roleARN)
        )
    }
}
