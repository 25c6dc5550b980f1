import JSON

// Content blocks as the revisions type them.
// Source: the schema.json of each revision, `ContentBlock`, `TextResourceContents`, `BlobResourceContents`.

extension Shape {
    /// The shape of a block of that type; nil for a type that no revision has.
    ///
    /// `resource` is the block's member of that name; it decides between text and bytes.
    static func contentBlock(_ type: String, resource: JSONValue?) -> Shape? {
        switch type {
        case "text": return block([.required("text", .text)])
        case "image", "audio":
            return block([.required("data", .formatted(.base64)), .required("mimeType", .text)])
        case "resource":
            let isText = resource?["text"]?.stringValue != nil
            return block([.required("resource", isText ? textResource : blobResource)])
        case "resource_link":
            return block([
                .required("uri", .formatted(.uri)), .required("name", .text), .optional("title", .text),
                .optional("description", .text), .optional("mimeType", .text), .optional("size", .integer),
                .optional("icons", .icons),
            ])
        default: return nil
        }
    }

    /// The shape of one element of a resource's contents: text, or bytes.
    static func resourceContents(_ value: JSONValue) -> Shape {
        value["text"]?.stringValue != nil ? textResource : blobResource
    }

    private static func block(_ members: [ObjectShape.Member]) -> Shape {
        .object(ObjectShape(members + [.optional("annotations", .annotations), .optional("_meta", .meta)]))
    }

    private static let textResource = resource([
        .required("text", .text), .optional("blob", .formatted(.base64)),
    ])
    private static let blobResource = resource([
        .required("blob", .formatted(.base64)), .optional("text", .text),
    ])

    private static func resource(_ members: [ObjectShape.Member]) -> Shape {
        .object(
            ObjectShape(
                [.required("uri", .formatted(.uri)), .optional("mimeType", .text), .optional("_meta", .meta)]
                    + members
            )
        )
    }
}
