import Contracts
import Policy
import Store

/// Tags by which the owners of functions say how these are served.
package enum DiscoveryTag {
    /// A contract's word, or `none`: this function is no tool.
    package static let contract = "mcp-gateway:contract"
    /// `required`, `auto` or `open`.
    package static let approval = "mcp-gateway:approval"

    /// The value by which a function stays out, and goes at once when it was served.
    package static let none = "none"
}

/// Why something is as it is: what a person changes to have it otherwise.
package enum DiscoveryReason: String, Sendable, Equatable, CaseIterable {
    /// The function's tag says so.
    case tag
    /// `[[discovery]]`, or the options of the command.
    case setting
    /// The tag asks for more than `approval_from_tags` allows.
    case tagLimited = "tag_limited"
    /// As it was, since what it depends on can't be read now.
    case kept
}

extension Approval {
    /// From the one that keeps most people out to the one that keeps nobody out.
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
    /// Any object is accepted; the text says why there is nothing better, as a sentence's end.
    case open(why: String)
    /// As it was when it could be read; the text says why it can't be now.
    case kept(why: String)
    /// The function says its schemas itself.
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
