/// Letters of other scripts that look like Latin ones: a reader takes `раураl` for `paypal`, a model doesn't.
///
/// Source: Unicode Technical Standard 39, confusables.txt, the Cyrillic and Greek letters that fonts draw as Latin ones.
package enum LookAlikes {
    /// The text with each suspect letter marked by its code point and script, e.g. `р<U+0440 Cyrillic>`.
    ///
    /// A letter is suspect in a word that has Latin letters too, and in a word that spells one of `earlierWords`
    /// with other letters. Linear.
    package static func marked(_ text: String, earlierWords: Set<String> = []) -> String {
        guard text.unicodeScalars.contains(where: { latin[$0] != nil }) else { return text }
        var out = String.UnicodeScalarView()
        forEachWord(text) { word, isWord in
            guard isWord, isSuspect(word, earlierWords) else {
                out.append(contentsOf: word)
                return
            }
            for scalar in word {
                out.append(scalar)
                if latin[scalar] != nil, let script = script(of: scalar) {
                    out.append(contentsOf: "<\(HiddenCharacters.name(of: scalar)) \(script)>".unicodeScalars)
                }
            }
        }
        return String(out)
    }

    /// The words of a text, for comparison with those of a later text.
    package static func words(of text: String) -> Set<String> {
        var words: Set<String> = []
        forEachWord(text) { word, isWord in
            if isWord { words.insert(String(String.UnicodeScalarView(word))) }
        }
        return words
    }

    private static func isSuspect(_ word: ArraySlice<Unicode.Scalar>, _ earlierWords: Set<String>) -> Bool {
        guard word.contains(where: { latin[$0] != nil }) else { return false }
        if word.contains(where: { isLatin($0) }) { return true }
        let spelled = String(String.UnicodeScalarView(word.map { latin[$0] ?? $0 }))
        return earlierWords.contains(spelled)
    }

    /// Runs of letters, digits and underscores, and what stands between them.
    private static func forEachWord(_ text: String, _ body: (ArraySlice<Unicode.Scalar>, Bool) -> Void) {
        let scalars = Array(text.unicodeScalars)
        var start = 0
        while start < scalars.count {
            let isWord = belongsToWord(scalars[start])
            var end = start + 1
            while end < scalars.count, belongsToWord(scalars[end]) == isWord { end += 1 }
            body(scalars[start..<end], isWord)
            start = end
        }
    }

    private static func belongsToWord(_ scalar: Unicode.Scalar) -> Bool {
        scalar.properties.isAlphabetic || scalar == "_" || ("0"..."9").contains(scalar)
    }

    private static func isLatin(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.value {
        case 0x41...0x5A, 0x61...0x7A: true
        case 0xC0...0x24F, 0x1E00...0x1EFF: scalar.properties.isAlphabetic
        default: false
        }
    }

    private static func script(of scalar: Unicode.Scalar) -> String? {
        switch scalar.value {
        case 0x0370...0x03FF: "Greek"
        case 0x0400...0x052F: "Cyrillic"
        case 0x0530...0x058F: "Armenian"
        default: nil
        }
    }

    private static let latin: [Unicode.Scalar: Unicode.Scalar] = {
        let pairs: [(String, String)] = [
            ("аеорсухіјѕһԁԛԝԍьӏ", "aeopcyxijshdqwgbl"),
            ("АВЕЅКМНОРСТУХІЈҮԌԚԜ", "ABESKMHOPCTYXIJYGQW"),
            ("ονιρτυκχγωηϲϳα", "oviptukxywncja"),
            ("ΑΒΕΖΗΙΚΜΝΟΡΤΥΧϹͿ", "ABEZHIKMNOPTYXCJ"),
            ("օսոհցյԼՕՏՍ", "ounhgjLOSU"),
        ]
        var latin: [Unicode.Scalar: Unicode.Scalar] = [:]
        for (others, letters) in pairs {
            for (other, letter) in zip(others.unicodeScalars, letters.unicodeScalars) {
                latin[other] = letter
            }
        }
        return latin
    }()
}
