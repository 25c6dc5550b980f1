import AdminAPI
import JSON
import REST

/// What the options of `tenant create` and `tenant update` say.
struct TenantWords: Sendable {
    // An empty text clears.
    private let title: String?
    private let contact: String?
    private let lambdaTenantID: String?
    private let roleARN: String?
    /// Labels to set; an empty value takes a label away.
    let labels: [(name: String, value: String)]

    init(_ words: ParsedWords) throws {
        title = words.option(.tenantTitle)
        contact = words.option(.tenantContact)
        lambdaTenantID = words.option(.lambdaTenantID)
        roleARN = words.option(.roleARN)
        labels = try words.options(.tenantLabel).map { text throws(UsageError) in
            guard let equals = text.firstIndex(of: "="), equals != text.startIndex else {
                throw UsageError("--label takes NAME=VALUE, such as --label plan=gold")
            }
            return (String(text[..<equals]), String(text[text.index(after: equals)...]))
        }
    }

    var isEmpty: Bool {
        labels.isEmpty && [title, contact, lambdaTenantID, roleARN].allSatisfy { $0 == nil }
    }

    /// Says it in a request. `labels` are all that there shall be; `nil` leaves them as they are.
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

    /// What `tenant create` and `tenant update` share.
    static let tenant = [tenantTitle, tenantContact, tenantLabel]

    fileprivate static let lambdaTenantID = Usage.Option(
        name: "--lambda-tenant-id",
        value: "VALUE",
        summary: ""
    )
    fileprivate static let roleARN = Usage.Option(name: "--role-arn", value: "VALUE", summary: "")

    /// What the store has a place for and no call uses.
    static let idleOfTenant = [
        roleARN.name: TenantSettings.roleAdvice, lambdaTenantID.name: TenantSettings.lambdaTenantAdvice,
    ]
}
