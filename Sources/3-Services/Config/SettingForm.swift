import TOML

/// Why a value isn't allowed for a setting. Never holds a part of a secret.
struct Refusal: Error {
    let message: String

    init(_ message: String) { self.message = message }
}

/// One kind of setting: how it is read from a TOML value and from an environment variable, and how it is shown.
struct SettingForm<Value>: Sendable where Value: Sendable {
    let fromFile: @Sendable (TOMLValue) throws(Refusal) -> Value
    let fromText: @Sendable (String) throws(Refusal) -> Value
    /// The value in TOML's spelling.
    let show: @Sendable (Value) -> String

    /// A form that is a string in the file and the same text in the environment.
    init(
        text wanted: String,
        read: @escaping @Sendable (String) throws(Refusal) -> Value,
        show: @escaping @Sendable (Value) -> String
    ) {
        fromFile = { value throws(Refusal) in try read(plainString(value, wanted: wanted)) }
        fromText = read
        self.show = { tomlString(show($0)) }
    }

    init(
        fromFile: @escaping @Sendable (TOMLValue) throws(Refusal) -> Value,
        fromText: @escaping @Sendable (String) throws(Refusal) -> Value,
        show: @escaping @Sendable (Value) -> String
    ) {
        self.fromFile = fromFile
        self.fromText = fromText
        self.show = show
    }
}

/// The text of a string value, which must hold no reference and no control character.
func plainString(_ value: TOMLValue, wanted: String) throws(Refusal) -> String {
    guard case .string(let text) = value.content else {
        throw Refusal("must be \(wanted), not \(value.kindInWords)")
    }
    if text.contains("${") {
        throw Refusal("a ${NAME} reference is read only where a secret belongs; write the value itself")
    }
    return text
}

/// `text` as a TOML basic string.
package func tomlString(_ text: String) -> String {
    var result = "\""
    for scalar in text.unicodeScalars {
        switch scalar {
        case "\"": result += "\\\""
        case "\\": result += "\\\\"
        case "\n": result += "\\n"
        case "\t": result += "\\t"
        case _ where scalar.value < 32 || scalar.value == 127:
            result += "\\u" + String(scalar.value + 0x10000, radix: 16).dropFirst()
        default: result.unicodeScalars.append(scalar)
        }
    }
    return result + "\""
}
