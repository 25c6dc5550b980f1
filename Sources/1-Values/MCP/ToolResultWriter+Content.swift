import Bytes
import JSON
import Text

// Content that isn't ordinary: each block is checked against its shape. Works on a tree, off the usual path.

extension ToolResultWriter {
    /// Appends the blocks of a validated array in a form that every reader accepts: nulls and optional members that
    /// can't be valid are left out, and what the caller's version doesn't know becomes text. A block without faults
    /// keeps its bytes.
    /// - Throws: `.unusableBlock` for a block that no revision allows.
    func appendMended(
        _ content: Range<Int>,
        _ bytes: Span<UInt8>,
        to out: inout ByteBuffer
    ) throws(ToolResultFault) {
        var blocks: [Range<Int>] = []
        do throws(JSONError) {
            try JSON.forEachElement(bytes, of: content) { block throws(JSONError) in blocks.append(block) }
        } catch {
            throw .malformed(error)
        }
        out.append("[")
        for (index, block) in blocks.enumerated() {
            JSON.appendSeparator(to: &out)
            do throws(ShapeFault) {
                try append(block, path: "content[\(index)]", bytes, to: &out)
            } catch {
                throw .unusableBlock(error, shown: Excerpt.of(bytes, block, charactersMax: 400))
            }
        }
        out.append("]")
    }

    /// Appends one block, made fit for every reader.
    /// - Parameter path: where it stands, for faults.
    func append(
        _ block: Range<Int>,
        path: String,
        _ bytes: Span<UInt8>,
        to out: inout ByteBuffer
    ) throws(ShapeFault) {
        let value: JSONValue
        do throws(JSONError) { value = try JSONValue(parsing: bytes, in: block) } catch {
            throw ShapeFault(member: path, reason: "names a member twice")
        }
        guard value.objectValue != nil else { throw ShapeFault(member: path, reason: "must be an object") }
        guard let type = value["type"]?.stringValue,
            let shape = Shape.contentBlock(type, resource: value["resource"])
        else {
            let isThere = value["type"].map { !$0.isNull } ?? false
            throw ShapeFault(
                member: "\(path).type",
                reason:
                    "\(isThere ? "" : "is missing; it ")must be text, image, audio, resource or resource_link"
            )
        }
        if let text = asText(type, value) { return appendText(text.utf8.span, to: &out) }
        let shaped = try shape.fit(value, path: path)
        if shaped.isChanged {
            shaped.value.write(to: &out)
        } else {
            out.append(bytes.extracting(block))
        }
    }

    /// The text in place of a block that the reader's version has no form for, or whose `uri` isn't one, which stops
    /// some clients; nil for all others.
    private func asText(_ type: String, _ block: JSONValue) -> String? {
        switch type {
        case "resource_link":
            guard let uri = block["uri"]?.stringValue else { return nil }
            if version != .v20250326, TextFormat.uri.accepts(uri) { return nil }
            guard let label = block["title"]?.stringValue ?? block["name"]?.stringValue else {
                return version == .v20250326 ? uri : nil
            }
            return "\(label): \(uri)"
        case "resource":
            guard let uri = block["resource"]?["uri"]?.stringValue, !TextFormat.uri.accepts(uri) else {
                return nil
            }
            return block["resource"]?["text"]?.stringValue
        default: return nil
        }
    }
}
