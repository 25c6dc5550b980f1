/// The form that a value in a shared answer must have, as defined by the schema.json of the revisions.
///
/// `Shape.fit` gives a value its shape: nulls are removed, an optional member that can't be valid is left out and
/// reported, and a fault outside any optional member is thrown. Cold paths only: works on trees.
package indirect enum Shape: Sendable {
    /// Any value; nothing inside is checked, and nulls inside stay.
    case any
    case text
    /// A string in a format that clients check.
    case formatted(TextFormat)
    /// A string that is one of the given words.
    case word([String])
    case bool
    case number(in: ClosedRange<Double>)
    /// A number without a fraction that fits 64 bits.
    case integer
    case object(ObjectShape)
    /// An object whose members have any names, and each this shape.
    case map(of: Shape)
    case list(of: Shape)
    /// A JSON Schema as older revisions type one: an object. `true` becomes `{}`, `false` becomes `{"not":{}}`.
    case schema
}

/// The members of an object. Names that aren't listed are the sender's own and stay.
package struct ObjectShape: Sendable {
    package struct Member: Sendable {
        enum Need: Sendable { case required, vital, optional }

        let name: String
        let shape: Shape
        let need: Need

        /// Must be there, in its shape.
        package static func required(_ name: String, _ shape: Shape) -> Member {
            Member(name: name, shape: shape, need: .required)
        }

        /// May be missing or null. A wrong shape is a fault of the whole object, which without the member would mean
        /// something else.
        package static func vital(_ name: String, _ shape: Shape) -> Member {
            Member(name: name, shape: shape, need: .vital)
        }

        /// May be missing or null; in a wrong shape it is left out.
        package static func optional(_ name: String, _ shape: Shape) -> Member {
            Member(name: name, shape: shape, need: .optional)
        }
    }

    let members: [Member]
    /// Whether null members that aren't listed stay: in a JSON Schema, null can be the value of a keyword.
    let keepsOtherNulls: Bool

    package init(_ members: [Member], keepsOtherNulls: Bool = false) {
        self.members = members
        self.keepsOtherNulls = keepsOtherNulls
    }

    func member(_ name: String) -> Member? { members.first { $0.name.utf8.elementsEqual(name.utf8) } }
}

/// A member that is left out of what is served, and why.
package struct LeftOutMember: Sendable, Equatable {
    /// The path to it, e.g. `annotations.title` or `icons[0].sizes`. Its names come from outside.
    package let member: String
    /// The requirement it fails, e.g. `must be a string`.
    package let reason: String

    package init(member: String, reason: String) {
        self.member = member
        self.reason = reason
    }
}

/// Why a value can't take its shape.
package struct ShapeFault: Error, Sendable, Equatable, CustomStringConvertible {
    /// The path, as in `LeftOutMember`; empty for the value itself.
    package let member: String
    package let reason: String

    package var description: String { member.isEmpty ? "it \(reason)" : "\(member) \(reason)" }
}
