package import JSON

/// A JSON Schema after reading: each schema in it once, and where its references lead.
///
/// Drafts 7, 2019-09 and 2020-12; unknown keywords and formats are annotations. Nothing is fetched: a
/// reference to another document is a fault.
/// Source: https://json-schema.org/draft/2020-12/json-schema-core, Ajv 8's rules for compiling.
package struct Schema: Sendable {
    /// One schema of the document: its root, a keyword's value, or what a reference leads to.
    package struct Part: Sendable {
        /// From the document's root, as a JSON Pointer.
        package let pointer: String
        /// An object or a boolean.
        package let value: JSONValue
        /// The index in `parts` that `$ref` leads to.
        package internal(set) var reference: Int?
        /// The index in `parts` that `$dynamicRef` leads to unless the path of validation leads elsewhere.
        package internal(set) var dynamicReference: Int?
    }

    /// All parts; the root is the first.
    package let parts: [Part]

    /// Reads a schema. Linear in its size and in the lengths of its references.
    /// - Throws: the first thing that clients can't compile.
    package init(reading value: JSONValue) throws(SchemaFault) {
        var reader = SchemaReader(root: value)
        parts = try reader.read()
    }
}

/// Why a schema can't be compiled.
package struct SchemaFault: Error, Sendable, Equatable, CustomStringConvertible {
    /// Names and indexes from the schema's root, with dots between, e.g. `properties.a.type`; empty for the root.
    package let path: String
    /// What is wrong with it, e.g. `must be a string`. May hold names from the schema.
    package let reason: String

    package var description: String { path.isEmpty ? "it \(reason)" : "\(path) \(reason)" }
}
