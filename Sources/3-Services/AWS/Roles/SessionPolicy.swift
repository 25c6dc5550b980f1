import JSON

/// The session policy that allows only the given functions, whatever else the role may do.
///
/// A value; the text is the same for the same functions in any order.
/// Source: Lambda Developer Guide, "Resources and conditions for Lambda actions"; IAM User Guide, "Session policies"
package struct SessionPolicy: Sendable, Equatable {
    /// A function with the qualifier that it is invoked by.
    package struct Function: Sendable, Hashable {
        package let name: FunctionName
        /// nil allows any region, if the region isn't known.
        package let region: String?
        /// The qualifier if the name has none. IAM treats a function, its versions and its aliases as different
        /// resources, so the policy names exactly what is invoked.
        package let qualifier: String?

        package init(_ name: FunctionName, region: String?, qualifier: String?) {
            self.name = name
            self.region = region
            self.qualifier = qualifier
        }
    }

    /// The policy in JSON.
    package let text: String

    /// Stops at the function that makes the text too long for STS, so that the cost doesn't grow with the number of
    /// functions.
    /// - Parameter role: the role's ARN, whose account is that of all functions without an account.
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

    /// The length in characters, as STS counts them; for a text that is too long, just enough to exceed the limit.
    package var count: Int { text.unicodeScalars.count }

    /// Whether the policy is short enough for STS. STS also limits the packed form of policy and tags together, which
    /// only STS can compute.
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
