import Bytes
import SigV4

/// A function's name: `name`, `name:qualifier`, a partial ARN (`123456789012:function:name`) or a whole one.
///
/// Source: Lambda API Reference, "Invoke", FunctionName
package struct FunctionName: Hashable, Sendable, CustomStringConvertible {
    /// The name as it was given, and as it is sent to AWS.
    package let text: String
    /// The name without account, region and qualifier.
    package let name: String
    package let account: String?
    /// The region in a whole ARN.
    package let region: String?
    /// The alias or version behind the name.
    package let qualifier: String?

    package var description: String { text }

    package init(_ text: String) throws(FunctionNameError) {
        guard 1...256 ~= text.utf8.count else {
            throw FunctionNameError(text, "it must have 1 to 256 characters")
        }
        self.text = text
        var parts = text.split(separator: ":", omittingEmptySubsequences: false).map(String.init)
        var region: String?
        var account: String?
        if parts.first == "arn" {
            guard parts.count >= 7, parts[2] == "lambda", parts[5] == "function" else {
                throw FunctionNameError(
                    text,
                    "an ARN reads arn:aws:lambda:REGION:ACCOUNT:function:NAME[:QUALIFIER]"
                )
            }
            guard parts[1] == "aws" || parts[1].hasPrefix("aws-"), isName(parts[1]) else {
                throw FunctionNameError(text, "'\(parts[1])' is not an AWS partition")
            }
            guard Region(parts[3]) != nil else {
                throw FunctionNameError(text, "'\(parts[3])' is not a region")
            }
            guard isAccount(parts[4]) else {
                throw FunctionNameError(text, "'\(parts[4])' is not a 12-digit account")
            }
            region = parts[3]
            account = parts[4]
            parts.removeFirst(6)
        } else if parts.count >= 3, parts[1] == "function" {
            guard isAccount(parts[0]) else {
                throw FunctionNameError(text, "'\(parts[0])' is not a 12-digit account")
            }
            account = parts[0]
            parts.removeFirst(2)
        }
        self.region = region
        self.account = account
        guard parts.count <= 2 else { throw FunctionNameError(text, "it has too many colons") }
        guard isName(parts[0]), account != nil || parts[0].utf8.count <= 64 else {
            throw FunctionNameError(text, "a name has 1 to 64 letters, digits, hyphens and underscores")
        }
        name = parts[0]
        qualifier = parts.count == 2 ? parts[1] : nil
        if let qualifier, !isQualifier(qualifier) {
            throw FunctionNameError(text, "'\(qualifier)' is neither an alias, nor a version, nor $LATEST")
        }
    }

    /// The URL path of the function's Invoke operation, percent-encoded once.
    package var invocationPath: String { path("/2015-03-31/functions/", "/invocations") }

    /// The same of its InvokeWithResponseStream operation.
    package var streamingPath: String { path("/2021-11-15/functions/", "/response-streaming-invocations") }

    private func path(_ before: StaticString, _ after: StaticString) -> String {
        var path = ByteBuffer()
        path.append(before)
        path.append(uriEncoding: text)
        path.append(after)
        return path.text
    }
}

/// Why a text can't be the name of a function.
package struct FunctionNameError: Error, Equatable, Sendable, CustomStringConvertible {
    package let text: String
    package let reason: String

    init(_ text: String, _ reason: String) {
        self.text = text
        self.reason = reason
    }

    package var description: String { "'\(text.prefix(256))' is not a function: \(reason)" }
}

private func isName(_ text: String) -> Bool {
    !text.isEmpty
        && text.utf8.allSatisfy {
            isLowerOrDigit($0) || isUpper($0) || $0 == UInt8(ascii: "-") || $0 == UInt8(ascii: "_")
        }
}

private func isAccount(_ text: String) -> Bool { text.utf8.count == 12 && text.utf8.allSatisfy(isDigit) }

/// An alias, a version, or one of the two names that start with `$`.
func isQualifier(_ text: String) -> Bool {
    text == "$LATEST" || text == "$LATEST.PUBLISHED" || text.utf8.count <= 128 && isName(text)
}
