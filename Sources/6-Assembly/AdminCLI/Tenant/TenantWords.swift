import AdminAPI
import JSON
import Policy
import REST
import Text

/// The options of `tenant create` and `tenant update`.
struct TenantWords: Sendable {
    // An empty text clears the value.
    private let title: String?
    private let contact: String?
    private let lambdaTenantID: String?
    private let roleARN: String?
    private let externalID: String?
    private let sessionPolicy: String?
    /// Labels to set; an empty value removes a label.
    let labels: [(name: String, value: String)]

    init(_ words: ParsedWords) throws {
        title = words.option(.tenantTitle)
        contact = words.option(.tenantContact)
        lambdaTenantID = words.option(.lambdaTenantID)
        roleARN = words.option(.tenantRoleARN)
        externalID = words.option(.tenantExternalID)
        sessionPolicy = words.option(.tenantSessionPolicy)
        let known = SessionPolicyChoice.allCases.map { $0.rawValue }
        if let sessionPolicy, !sessionPolicy.isEmpty, !known.contains(sessionPolicy) {
            throw UsageError("--session-policy takes functions or none, not \(quoted(sessionPolicy))")
        }
        labels = try words.options(.tenantLabel).map { text throws(UsageError) in
            guard let equals = text.firstIndex(of: "="), equals != text.startIndex else {
                throw UsageError("--label takes NAME=VALUE, such as --label plan=gold")
            }
            return (String(text[..<equals]), String(text[text.index(after: equals)...]))
        }
    }

    var isEmpty: Bool {
        labels.isEmpty
            && [title, contact, lambdaTenantID, roleARN, externalID, sessionPolicy].allSatisfy { $0 == nil }
    }

    /// Writes the settings into a request. `labels` replace all labels; `nil` leaves them as they are.
    func fill<A, Output>(
        _ request: inout OperationRequest<A, Output>,
        _ settings: KeyPath<A, TenantSettings>,
        labels: [(name: String, value: String)]?
    ) {
        func change(_ text: String?) -> JSONValue? { text.map { $0.isEmpty ? .null : .string($0) } }
        request[settings, \.title] = change(title)
        request[settings, \.contact] = change(contact)
        request[settings, \.lambdaTenantID] = change(lambdaTenantID)
        request[settings, \.roleARN] = change(roleARN)
        request[settings, \.externalID] = change(externalID)
        request[settings, \.sessionPolicy] = change(sessionPolicy)
        if let labels {
            let kept = labels.filter { !$0.value.isEmpty }.map { ($0.name, JSONValue.string($0.value)) }
            request[settings, \.labels] = .object(JSONObject(kept))
        }
    }
}

extension Usage.Option {
    fileprivate static let tenantTitle = Usage.Option(
        name: "--title",
        value: "T",
        summary: "what people call it"
    )
    fileprivate static let tenantContact = Usage.Option(
        name: "--contact",
        value: "WHO",
        summary: "whom to ask about it, such as a mail address"
    )
    fileprivate static let tenantLabel = Usage.Option(
        name: "--label",
        value: "NAME=VALUE",
        summary: "a label of yours",
        isRepeatable: true
    )

    fileprivate static let tenantRoleARN = Usage.Option(
        name: "--role-arn",
        value: "ARN",
        summary: "the IAM role that its calls are made with"
    )
    fileprivate static let tenantExternalID = Usage.Option(
        name: "--external-id",
        value: "ID",
        summary: "what the role's trust policy asks for"
    )
    fileprivate static let tenantSessionPolicy = Usage.Option(
        name: "--session-policy",
        value: "P",
        summary: "functions (the default): the role may invoke what the tenant may call; none: all it may"
    )
    fileprivate static let lambdaTenantID = Usage.Option(
        name: "--lambda-tenant-id",
        value: "ID",
        summary: "its id for functions in Lambda's tenant isolation mode"
    )

    /// What `tenant create` and `tenant update` share.
    static let tenant = [
        tenantTitle, tenantContact, tenantLabel, tenantRoleARN, tenantExternalID, tenantSessionPolicy,
        lambdaTenantID,
    ]
}
