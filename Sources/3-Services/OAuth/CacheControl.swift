/// The one directive of Cache-Control that matters for key sets. Source: RFC 9111 §5.2
enum CacheControl {
    /// How long an answer is fresh; 0 when it must not be stored, nil when the field doesn't say.
    static func maxAgeSeconds(_ field: String) -> Int? {
        var found: Int?
        for part in field.lowercased().split(separator: ",") {
            let directive = String(part).filter { $0 != " " && $0 != "\t" && $0 != "\"" }
            if directive == "no-store" || directive == "no-cache" { return 0 }
            guard directive.hasPrefix("max-age="), found == nil else { continue }
            let digits = directive.dropFirst("max-age=".count)
            guard !digits.isEmpty, digits.utf8.allSatisfy({ $0 &- 48 < 10 }) else { continue }
            found = min(Int(digits) ?? .max, 1 << 31)
        }
        return found
    }
}
