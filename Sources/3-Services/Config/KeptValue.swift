package import Bytes
import Text
import TOML

/// A reference to a value that is kept at AWS: `${aws:secretsmanager:NAME}`, `${aws:secretsmanager:NAME#member}` or
/// `${aws:ssm:PATH}`, always as a setting's whole value.
package struct KeptValue: Hashable, Sendable {
    package enum Place: String, Sendable, CaseIterable {
        case secretsManager = "secretsmanager", parameterStore = "ssm"
    }

    package let place: Place
    /// A name, a path or an ARN.
    package let name: String
    /// The member to extract if the value is a JSON object.
    package let member: String?

    /// The text between the braces of the reference.
    package var text: String { "aws:\(place.rawValue):\(name)\(member.map { "#\($0)" } ?? "")" }

    static let start = "${aws:"

    /// Reads a reference; `nil` for any other value.
    /// - Throws: why a value that begins like a reference isn't a valid one.
    init?(_ value: TOMLValue) throws(Refusal) {
        guard case .string(let text) = value.content, text.hasPrefix(Self.start) else { return nil }
        guard text.hasSuffix("}") else { throw Refusal("a ${aws:…} reference must be the whole value") }
        let inside = text.dropFirst(Self.start.count).dropLast()
        guard let colon = inside.firstIndex(of: ":"), let place = Place(rawValue: String(inside[..<colon]))
        else {
            throw Refusal("what is kept at AWS is named as ${aws:secretsmanager:NAME} or ${aws:ssm:PATH}")
        }
        let rest = inside[inside.index(after: colon)...]
        let hash = rest.firstIndex(of: "#") ?? rest.endIndex
        name = String(rest[..<hash])
        member = hash == rest.endIndex ? nil : String(rest[rest.index(after: hash)...])
        guard 1...2_048 ~= name.utf8.count,
            name.utf8.allSatisfy({ 0x21...0x7E ~= $0 && $0 != UInt8(ascii: "}") }),
            member != "", !OutsideValue.holdsControl(member ?? "")
        else { throw Refusal("the reference names no secret and no parameter") }
        self.place = place
    }
}

/// Why a value kept at AWS can't be read. Never holds a part of it.
package struct KeptValueError: Error, Equatable, Sendable {
    package let reason: String

    package init(_ reason: String) { self.reason = reason }
}

/// Reads values kept at AWS, all at once, with the settings and credentials of `[aws]`. Blocks until it's done.
package typealias KeptValueReader =
    @Sendable (GatewayConfig.AWS, [KeptValue]) -> [KeptValue: Result<Secret, KeptValueError>]

extension TOMLTable {
    /// The references in the table, with the outermost section of each.
    func keptValues(in section: String? = nil) -> [(section: String, value: KeptValue)] {
        members.flatMap { member -> [(section: String, value: KeptValue)] in
            let section = section ?? member.key
            if case .table(let inner) = member.value.content { return inner.keptValues(in: section) }
            // An invalid reference is refused later, where the setting is read.
            guard let found = try? KeptValue(member.value) else { return [] }
            return [(section, found)]
        }
    }
}
