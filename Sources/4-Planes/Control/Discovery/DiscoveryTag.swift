import Contracts
import Policy
import Store

/// Tags by which the owners of functions say how their functions are served.
package enum DiscoveryTag {
    /// The tag whose value is a contract's word, or `none` for a function that is not a tool.
    package static let contract = "mcp-gateway:contract"
    /// The tag whose value is `required`, `auto` or `open`.
    package static let approval = "mcp-gateway:approval"

    /// The value that keeps a function out, and removes it at once if it was served.
    package static let none = "none"
}

/// The origin of a value in a plan: what a person would change to get another value.
package enum DiscoveryReason: String, Sendable, Equatable, CaseIterable {
    /// The function's tag says so.
    case tag
    /// `[[discovery]]`, or the options of the command.
    case setting
    /// The tag asks for more than `approval_from_tags` allows.
    case tagLimited = "tag_limited"
    /// The value is as it was, because what it depends on can't be read now.
    case kept
}

extension Approval {
    /// Orders approvals from the strictest to the most open.
    private var openness: Int {
        switch self {
        case .required: 0
        case .auto: 1
        case .open: 2
        }
    }

    func isMoreOpen(than other: Approval) -> Bool { openness > other.openness }
}

/// Where a plain function's `inputSchema` comes from.
package enum SchemaOrigin: Sendable, Equatable {
    /// The Schema Registry, by the ARN in the function's tag.
    case registry(arn: String)
    /// Any object is accepted; the text says why there is no better schema, as the end of a sentence.
    case open(why: String)
    /// The schema as it was last read; the text says why it can't be read now.
    case kept(why: String)
    /// The function gives its schemas itself.
    case asked

    /// The word of the JSON form.
    package var word: String {
        switch self {
        case .registry: "registry"
        case .open: "open"
        case .kept: "kept"
        case .asked: "asked"
        }
    }

    /// More about it; nil when there is nothing to say.
    package var note: String? {
        switch self {
        case .registry(let arn): arn
        case .open(let why), .kept(let why): why
        case .asked: nil
        }
    }
}
