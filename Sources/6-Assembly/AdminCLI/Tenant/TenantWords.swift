import AdminAPI
import JSON

/// What the options of `tenant create` and `tenant update` say.
struct TenantWords: Sendable {
    /// By the names of the API; an empty text clears.
    private let texts: [(member: String, text: String?)]
    /// Labels to set; an empty value takes a label away.
    let labels: [(name: String, value: String)]

    init(_ words: ParsedWords) throws {
        texts = [
            ("title", words.option("--title")),
            ("contact", words.option("--contact")),
            ("lambdaTenantId", words.option("--lambda-tenant-id")),
            ("roleArn", words.option("--role-arn")),
        ]
        labels = try words.options("--label").map { text throws(UsageError) in
            guard let equals = text.firstIndex(of: "="), equals != text.startIndex else {
                throw UsageError("--label takes NAME=VALUE, such as --label plan=gold")
            }
            return (String(text[..<equals]), String(text[text.index(after: equals)...]))
        }
    }

    var isEmpty: Bool { labels.isEmpty && texts.allSatisfy { $0.text == nil } }

    /// The members of a request's body. `labels` are all that there shall be; `nil` leaves them as they are.
    func members(labels: [(name: String, value: String)]?) -> [(String, JSONValue)] {
        var members = texts.compactMap { member, text in
            text.map { (member, $0.isEmpty ? JSONValue.null : .string($0)) }
        }
        if let labels {
            let kept = labels.filter { !$0.value.isEmpty }.map { ($0.name, JSONValue.string($0.value)) }
            members.append(("labels", .object(JSONObject(kept))))
        }
        return members
    }
}

extension Usage.Option {
    /// What `tenant create` and `tenant update` share.
    static let tenant = [
        Usage.Option(name: "--title", value: "T", summary: "what people call it"),
        Usage.Option(
            name: "--contact",
            value: "WHO",
            summary: "whom to ask about it, such as a mail address"
        ),
        Usage.Option(
            name: "--label",
            value: "NAME=VALUE",
            summary: "a label of yours",
            isRepeatable: true
        ),
    ]

    /// What the store has a place for and no call uses.
    static let idleOfTenant = [
        "--role-arn": TenantSettings.roleAdvice, "--lambda-tenant-id": TenantSettings.lambdaTenantAdvice,
    ]
}
