import JSON

/// The policy that narrows a role's session to the functions it is taken for, whatever else the role may do.
///
/// A value; the same functions in any order are the same text.
/// Source: Lambda Developer Guide, "Resources and conditions for Lambda actions"; IAM User Guide, "Session policies"
package struct SessionPolicy: Sendable, Equatable {
    /// A function as it is invoked.
    package struct Function: Sendable, Hashable {
        package let name: FunctionName
        /// nil: any region, where it isn't known.
        package let region: String?
        /// Beside one in the name. IAM tells a function from its versions and aliases, so exactly what is invoked is named.
        package let qualifier: String?

        package init(_ name: FunctionName, region: String?, qualifier: String?) {
            self.name = name
            self.region = region
            self.qualifier = qualifier
        }
    }

    /// JSON.
    package let text: String

    /// Stops at the function with which the text is too long for STS: what it costs doesn't grow with the functions.
    /// - Parameter role: the role's ARN: a function without an account is one of its account.
    package init(allowing functions: some Sequence<Function>, role: String) {
        var known: Set<String> = []
        var count = 0
        for function in functions {
            let arn = function.arn(in: role)
            guard known.insert(arn).inserted else { continue }
            count += arn.unicodeScalars.count
            if count > RoleRequest.policyCharactersMax { break }
        }
        let resources = known.sorted {
            $0.utf8.lexicographicallyPrecedes($1.utf8)
        }
        let statement: JSONValue =
            resources.isEmpty
            ? ["Effect": "Deny", "Action": "*", "Resource": "*"]
            : [
                "Effect": "Allow", "Action": "lambda:InvokeFunction",
                "Resource": .array(resources.map { .string($0) }),
            ]
        let policy: JSONValue = ["Version": "2012-10-17", "Statement": .array([statement])]
        text = policy.text
    }

    /// In characters, as STS counts them; of one that is too long, no more than shows it.
    package var count: Int { text.unicodeScalars.count }

    /// Whether STS takes it. It bounds the packed form of policy and tags together as well, which only STS can tell.
    package var isSendable: Bool { count <= RoleRequest.policyCharactersMax }
}

extension SessionPolicy.Function {
    fileprivate func arn(in role: String) -> String {
        // arn:PARTITION:iam::ACCOUNT:role/NAME
        let own = role.split(separator: ":", omittingEmptySubsequences: false)
        func part(_ index: Int, _ parts: [Substring]) -> String {
            index < parts.count && !parts[index].isEmpty ? String(parts[index]) : "*"
        }
        let whole =
            name.region == nil ? [] : name.text.split(separator: ":", omittingEmptySubsequences: false)
        let partition = whole.isEmpty ? part(1, own) : part(1, whole)
        let place = "\(name.region ?? region ?? "*"):\(name.account ?? part(4, own))"
        let last = (name.qualifier ?? qualifier).map { ":\($0)" } ?? ""
        return "arn:\(partition):lambda:\(place):function:\(name.name)\(last)"
    }
}
