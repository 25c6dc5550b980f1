package import Policy
import Text

/// A tenant as someone declares it.
package struct TenantSpec: Sendable, Equatable {
    package var name: TenantName
    /// The name that people use for it; 1–200 bytes.
    package var title: String?
    /// Whom to ask about it, such as a mail address; 1–200 bytes.
    package var contact: String?
    /// At most 32 labels; names of 1–63 characters a-z, A-Z, 0-9, `.`, `_`, `/` and `-`, values up to 200 bytes.
    package var labels: [String: String]
    /// The value of `X-Amz-Tenant-Id`, for functions with tenant isolation.
    /// Source: https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html
    package var lambdaTenantID: String?
    /// The IAM role that the tenant's calls are made with.
    package var roleARN: String?
    /// The external id that the role's trust policy requires; 2–1,224 letters, digits and `_+=,.@:/-`.
    package var externalID: String?
    /// What the gateway's session of the role may do; nil for the standard.
    package var sessionPolicy: SessionPolicyChoice?

    package init(
        name: TenantName,
        title: String? = nil,
        contact: String? = nil,
        labels: [String: String] = [:],
        lambdaTenantID: String? = nil,
        roleARN: String? = nil,
        externalID: String? = nil,
        sessionPolicy: SessionPolicyChoice? = nil
    ) {
        self.name = name
        self.title = title
        self.contact = contact
        self.labels = labels
        self.lambdaTenantID = lambdaTenantID
        self.roleARN = roleARN
        self.externalID = externalID
        self.sessionPolicy = sessionPolicy
    }

    /// The tenant id with which the gateway itself calls functions with tenant isolation, for lists of tools and tests.
    package static let ownLambdaTenantID = "mcp-gateway"

    /// Checks the declaration.
    /// - Throws: `.invalid`, naming the field.
    package func check() throws(ModelFault) {
        try checkText(title, "the title", bytes: 1...200)
        try checkText(contact, "the contact", bytes: 1...200)
        try checkLabels(labels)
        try checkLambdaTenantID(lambdaTenantID)
        try checkRoleARN(roleARN)
        if let externalID, !AssumedRole.isExternalID(externalID) {
            throw ModelFault(
                .invalid,
                "\(quoted(externalID)) is not an external id",
                hint: "use 2 to 1224 characters: letters, digits and _ + = , . @ : / -"
            )
        }
        for (given, what) in [
            (externalID != nil, "an external id"), (sessionPolicy != nil, "a session policy"),
        ]
        where given && roleARN == nil {
            throw ModelFault(
                .invalid,
                "tenant \(name): \(what) needs a role",
                hint: "give the role's ARN too, or clear both"
            )
        }
    }
}

/// The changes to make to a tenant. `nil` leaves a value as it is; an empty text clears one.
package struct TenantChange: Sendable, Equatable {
    package var title: String?
    package var contact: String?
    /// All labels; labels that aren't in it are removed.
    package var labels: [String: String]?
    package var lambdaTenantID: String?
    package var roleARN: String?
    package var externalID: String?
    /// A word of `SessionPolicyChoice`.
    package var sessionPolicy: String?

    package init(
        title: String? = nil,
        contact: String? = nil,
        labels: [String: String]? = nil,
        lambdaTenantID: String? = nil,
        roleARN: String? = nil,
        externalID: String? = nil,
        sessionPolicy: String? = nil
    ) {
        self.title = title
        self.contact = contact
        self.labels = labels
        self.lambdaTenantID = lambdaTenantID
        self.roleARN = roleARN
        self.externalID = externalID
        self.sessionPolicy = sessionPolicy
    }

    /// Applies the change to `spec`.
    package func apply(to spec: inout TenantSpec) {
        func laid(_ change: String?, over old: String?) -> String? {
            guard let change else { return old }
            return change.isEmpty ? nil : change
        }
        spec.title = laid(title, over: spec.title)
        spec.contact = laid(contact, over: spec.contact)
        spec.labels = labels ?? spec.labels
        spec.lambdaTenantID = laid(lambdaTenantID, over: spec.lambdaTenantID)
        spec.roleARN = laid(roleARN, over: spec.roleARN)
        // The settings of a role are removed with it.
        if spec.roleARN == nil, roleARN != nil { (spec.externalID, spec.sessionPolicy) = (nil, nil) }
        spec.externalID = laid(externalID, over: spec.externalID)
        if let sessionPolicy { spec.sessionPolicy = SessionPolicyChoice(rawValue: sessionPolicy) }
    }
}

/// A tenant as it is stored.
package struct TenantRecord: Sendable, Equatable {
    package var id: Int64
    package var spec: TenantSpec
    package var state: TenantEntry.State
    package var createdAtMs: Int64
    package var updatedAtMs: Int64
    /// When it was removed; only its history is left then, and `name` is the name that it had.
    package var removedAtMs: Int64?
    /// Counts changes, for conditional updates.
    package var revision: Int64
    /// How many of its keys are neither revoked nor expired.
    package var activeKeyCount: Int

    package init(
        id: Int64,
        spec: TenantSpec,
        state: TenantEntry.State,
        createdAtMs: Int64,
        updatedAtMs: Int64,
        removedAtMs: Int64? = nil,
        revision: Int64,
        activeKeyCount: Int
    ) {
        self.id = id
        self.spec = spec
        self.state = state
        self.createdAtMs = createdAtMs
        self.updatedAtMs = updatedAtMs
        self.removedAtMs = removedAtMs
        self.revision = revision
        self.activeKeyCount = activeKeyCount
    }

    package var name: TenantName { spec.name }
    package var title: String? { spec.title }
}

private func checkLabels(_ labels: [String: String]) throws(ModelFault) {
    guard labels.count <= 32 else {
        throw ModelFault(.invalid, "\(labels.count) labels for one tenant", hint: "32 are allowed")
    }
    for (name, value) in labels.sorted(by: { $0.key < $1.key }) {
        let isName =
            (1...63).contains(name.utf8.count)
            && name.utf8.allSatisfy { isLetterOrDigit($0) || "._/-".utf8.contains($0) }
        guard isName else {
            throw ModelFault(
                .invalid,
                "\(quoted(name)) is not a name for a label",
                hint: "use 1 to 63 characters: a-z, A-Z, 0-9, dots, underscores, slashes and hyphens"
            )
        }
        try checkText(value, "the label \(name)", bytes: 0...200)
    }
}

/// Source: https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html
private func checkLambdaTenantID(_ text: String?) throws(ModelFault) {
    guard let text else { return }
    let isTenantID =
        (1...256).contains(text.utf8.count)
        && text.utf8.allSatisfy { isLetterOrDigit($0) || "._:/=+-@ ".utf8.contains($0) }
        // The value of a signed header loses outer spaces, and doubled ones.
        && !text.contains("  ") && text.utf8.first != UInt8(ascii: " ") && text.utf8.last != UInt8(ascii: " ")
    guard text != TenantSpec.ownLambdaTenantID else {
        throw ModelFault(
            .invalid,
            "\(text) is the gateway's own tenant id, with which it asks functions for their tools",
            hint: "use another, such as the tenant's name"
        )
    }
    guard isTenantID else {
        throw ModelFault(
            .invalid,
            "\(quoted(text)) is not a tenant id for Lambda",
            hint: "use 1 to 256 characters: a-z, A-Z, 0-9 and . _ : / = + - @, with single spaces inside"
        )
    }
}

private func checkRoleARN(_ text: String?) throws(ModelFault) {
    guard let text else { return }
    guard AssumedRole.isARN(text) else {
        throw ModelFault(
            .invalid,
            "\(quoted(text)) is not the ARN of an IAM role",
            hint: "give one such as arn:aws:iam::123456789012:role/acme"
        )
    }
}

private func isLetterOrDigit(_ byte: UInt8) -> Bool {
    (0x30...0x39).contains(byte) || (0x41...0x5A).contains(byte) || (0x61...0x7A).contains(byte)
}
