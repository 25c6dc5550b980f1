import TestSupport

extension RawResponse {
    /// All bytes of the response, without the parts that differ between equal answers: the name asked for, the
    /// request's id and the second.
    func plain(without name: String = "") -> String {
        var text = "\(head)\r\n\r\n\(self.text)"
        if !name.isEmpty { text = text.replacing(name, with: "NAME") }
        text = text.replacing(/(?i)\r\n(x-request-id|date): [^\r]*/, with: "")
        return text.replacing(/"requestId":"[^"]*"/, with: "")
    }
}
