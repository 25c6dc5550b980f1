import Text

/// The ARN of a schema in an EventBridge registry: `arn:aws:schemas:REGION:ACCOUNT:schema/REGISTRY/NAME`.
///
/// Source: EventBridge User Guide, "Schema registries"; IAM, "Resource types defined by EventBridge Schemas"
package struct SchemaARN: Hashable, Sendable, CustomStringConvertible {
    package let text: String
    package let region: Region
    package let account: String
    package let registry: String
    package let name: String

    package var description: String { text }

    /// - Throws: what is wrong with it.
    package init(_ text: String) throws(SchemaARNError) {
        func fault(_ reason: String) -> SchemaARNError { SchemaARNError(text, reason) }
        guard text.utf8.count <= 512, text.utf8.allSatisfy({ 0x21...0x7E ~= $0 }) else {
            throw fault("it has more than 512 characters, or others than letters, digits and signs")
        }
        // The last part isn't split, because a name may hold a colon: `aws.partner-x@Event:v1`.
        let parts = text.split(separator: ":", maxSplits: 5, omittingEmptySubsequences: false).map(
            String.init
        )
        guard parts.count == 6, parts[0] == "arn", parts[1] == "aws" || parts[1].hasPrefix("aws-"),
            parts[2] == "schemas"
        else { throw fault("it must read arn:aws:schemas:REGION:ACCOUNT:schema/REGISTRY/NAME") }
        guard let region = Region(parts[3]) else { throw fault("'\(parts[3])' is not a region") }
        guard parts[4].utf8.count == 12, parts[4].utf8.allSatisfy(isDigit) else {
            throw fault("'\(parts[4])' is not a 12-digit account")
        }
        let words = parts[5].split(separator: "/", omittingEmptySubsequences: false).map(String.init)
        guard words.count == 3, words[0] == "schema", Self.isName(words[1], countMax: 64),
            Self.isName(words[2], countMax: 385)
        else { throw fault("its end must read schema/REGISTRY/NAME") }
        self.text = text
        self.region = region
        account = parts[4]
        registry = words[1]
        name = words[2]
    }

    private static func isName(_ text: String, countMax: Int) -> Bool {
        1...countMax ~= text.utf8.count && text != "." && text != ".."
    }
}

package struct SchemaARNError: Error, Equatable, Sendable, CustomStringConvertible {
    package let text: String
    package let reason: String

    init(_ text: String, _ reason: String) {
        self.text = text
        self.reason = reason
    }

    package var description: String { "\(quoted(text)) is not the ARN of a schema: \(reason)" }
}
