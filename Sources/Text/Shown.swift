extension HiddenCharacters {
    /// The text with every character that can't be seen, line breaks among them, written as its code point.
    package static func shown(_ text: String) -> String {
        var result = ""
        for scalar in text.unicodeScalars {
            if scalar.value < 0x20 || !isPlain(scalar) {
                result += "<\(name(of: scalar))>"
            } else {
                result.unicodeScalars.append(scalar)
            }
        }
        return result
    }

    /// The text without the characters that can't be seen; line breaks and tabs stay.
    package static func removing(from text: String) -> String {
        String(String.UnicodeScalarView(text.unicodeScalars.filter { isPlain($0) }))
    }
}
