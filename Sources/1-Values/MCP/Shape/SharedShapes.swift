// Shapes that tools and results have in common.
// Source: the schema.json of each revision, `Icon`, `Annotations`, `Role`, `_meta`.

extension Shape {
    package static let meta = Shape.map(of: .any)

    package static let icons = Shape.list(
        of: .object(
            ObjectShape([
                .required("src", .text), .optional("mimeType", .text), .optional("sizes", .list(of: .text)),
                .optional("theme", .word(["dark", "light"])),
            ])
        )
    )

    /// The annotations of content blocks and resources; a tool has `toolAnnotations`.
    package static let annotations = Shape.object(
        ObjectShape([
            .optional("audience", .list(of: .word(["assistant", "user"]))),
            .optional("priority", .number(in: 0...1)), .optional("lastModified", .formatted(.timestamp)),
        ])
    )
}
