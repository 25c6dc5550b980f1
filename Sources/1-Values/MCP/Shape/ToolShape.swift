// A tool as the revisions define it. The list writer handles rules that differ by revision.
// Source: the schema.json of each revision, `Tool`, `ToolAnnotations`, `ToolExecution`.

extension Shape {
    package static let tool = Shape.object(
        ObjectShape([
            .required("name", .text), .required("inputSchema", .inputSchema),
            .optional("title", .text), .optional("description", .text),
            .optional("annotations", .toolAnnotations), .optional("icons", .icons),
            .optional("execution", .execution), .optional("_meta", .meta),
            .optional("outputSchema", .outputSchema),
        ])
    )

    private static let inputSchema = Shape.object(
        ObjectShape([.required("type", .word(["object"]))] + schemaMembers, keepsOtherNulls: true)
    )

    /// An output schema's root may have any type, or none; older revisions are only shown one whose root is an object.
    private static let outputSchema = Shape.object(ObjectShape(schemaMembers, keepsOtherNulls: true))

    private static let schemaMembers: [ObjectShape.Member] = [
        .vital("properties", .map(of: .schema)), .vital("required", .list(of: .text)),
        .vital("$schema", .text),
    ]

    private static let toolAnnotations = Shape.object(
        ObjectShape([
            .optional("title", .text), .optional("readOnlyHint", .bool), .optional("destructiveHint", .bool),
            .optional("idempotentHint", .bool), .optional("openWorldHint", .bool),
        ])
    )

    private static let execution = Shape.object(
        ObjectShape([.optional("taskSupport", .word(["forbidden", "optional", "required"]))])
    )
}
