// Prompts, resources and resource templates as the revisions type them. Rules that differ by revision are the list
// writer's. Source: the schema.json of each revision, `Prompt`, `PromptArgument`, `Resource`, `ResourceTemplate`.

extension Shape {
    /// The shape of a listed entry.
    static func entry(_ kind: CatalogKind) -> Shape {
        switch kind {
        case .tool: tool
        case .prompt: prompt
        case .resource: resource
        case .template: template
        case .instructions: .object(ObjectShape([.required("instructions", .text)]))
        }
    }

    /// An argument that can't be right may be one that has to be given: the prompt goes with it.
    private static let prompt = Shape.object(
        ObjectShape(
            common + [
                .required("name", .text),
                .vital(
                    "arguments",
                    .list(
                        of: .object(
                            ObjectShape([
                                .required("name", .text), .optional("title", .text),
                                .optional("description", .text), .vital("required", .bool),
                            ])
                        )
                    )
                ),
            ]
        )
    )

    private static let resource = Shape.object(
        ObjectShape(
            common + [
                .required("uri", .text), .required("name", .text), .optional("mimeType", .text),
                .optional("size", .integer), .optional("annotations", .annotations),
            ]
        )
    )

    private static let template = Shape.object(
        ObjectShape(
            common + [
                .required("uriTemplate", .text), .required("name", .text), .optional("mimeType", .text),
                .optional("annotations", .annotations),
            ]
        )
    )

    private static let common: [ObjectShape.Member] = [
        .optional("title", .text), .optional("description", .text), .optional("icons", .icons),
        .optional("_meta", .meta),
    ]
}
