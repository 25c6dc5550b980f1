/// What an operator declares that a target serves. Resources and their templates come together.
package enum ServedFamily: String, Sendable, CaseIterable, Hashable {
    case tools, prompts, resources

    package var kinds: [CatalogKind] {
        switch self {
        case .tools: [.tool]
        case .prompts: [.prompt]
        case .resources: [.resource, .template]
        }
    }

    /// The family that entries of the kind belong to; nil for what belongs to all.
    package init?(_ kind: CatalogKind) {
        switch kind {
        case .tool: self = .tools
        case .prompt: self = .prompts
        case .resource, .template: self = .resources
        case .instructions: return nil
        }
    }
}
