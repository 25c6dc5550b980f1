import Testing
import Text

struct HiddenCharactersTests {
    @Test(arguments: [
        "Grüße, 天気, مرحبا, नमस्ते, ☀️ 😀\r\n\t",
        "👨‍💻 👩‍👩‍👧 👩🏽‍🚀 🏳️‍🌈 ❤️‍🔥 ☎︎ 1️⃣ #️⃣ ©️",
        "می‌خواهم", "نمی‌شود، کتاب‌ها", "क्‍ष र्‍य", "ක්‍ර", "ন্‍য", "ه‍",
        "עברית\u{200F} (ABC)", "שלום\u{200E}", "\u{200F}עברית", "سنة 2026\u{200F}!", "العربية\u{061C} 1",
        "Donau\u{AD}dampf\u{AD}schiff", "葛\u{E0100}城", "ᠮᠣᠩ\u{180B}ᠭᠣᠯ", "ភាសា\u{200B}ខ្មែរ", "ภาษา\u{200B}ไทย",
        "\u{0600}١", "⠓\u{2800}⠑", "豈\u{FE00}", "\u{A0}\u{3000}", "\u{1FAF9}\u{200D}\u{1F4BB}",
    ])
    func `a character that a script or an emoji needs isn't hidden`(_ text: String) {
        #expect(HiddenCharacters.first(in: text) == nil, "\(HiddenCharacters.shown(text))")
        #expect(HiddenCharacters.shown(text, keepsLines: true) == text)
        #expect(HiddenCharacters.removing(from: text) == text)
    }

    struct Row: Sendable, CustomTestStringConvertible {
        let before: String
        let hidden: Unicode.Scalar
        let after: String
        var testDescription: String { HiddenCharacters.name(of: hidden) + " after " + before }
    }

    @Test(arguments: [
        Row(before: "a", hidden: "\u{200B}", after: "b"), Row(before: "a", hidden: "\u{200C}", after: "b"),
        Row(before: "a", hidden: "\u{200D}", after: "b"), Row(before: "", hidden: "\u{200D}", after: "😀"),
        Row(before: "😀", hidden: "\u{200D}", after: "a"), Row(before: "a", hidden: "\u{200D}", after: "😀"),
        Row(before: "1", hidden: "\u{200D}", after: "2"), Row(before: "م", hidden: "\u{200C}", after: "a"),
        Row(before: "م", hidden: "\u{200C}", after: "\u{200D}م"),
        Row(before: "a", hidden: "\u{200E}", after: "b"),
        Row(before: "abc ", hidden: "\u{200F}", after: "def"),
        Row(before: "a", hidden: "\u{061C}", after: ""), Row(before: "a ", hidden: "\u{AD}", after: " b"),
        Row(before: "עב", hidden: "\u{202E}", after: "רי"),
        Row(before: "عر", hidden: "\u{2067}", after: "بي"),
        Row(before: "a", hidden: "\u{2066}", after: "b"), Row(before: "a", hidden: "\u{2060}", after: "b"),
        Row(before: "a", hidden: "\u{2062}", after: "b"), Row(before: "", hidden: "\u{FEFF}", after: "b"),
        Row(before: "🏴", hidden: "\u{E0067}", after: ""), Row(before: "a", hidden: "\u{E0001}", after: ""),
        Row(before: "a", hidden: "\u{3164}", after: "b"), Row(before: "a", hidden: "\u{115F}", after: "b"),
        Row(before: "a", hidden: "\u{FFA0}", after: "b"), Row(before: "a", hidden: "\u{17B4}", after: "b"),
        Row(before: "a", hidden: "\u{034F}", after: "b"), Row(before: "a", hidden: "\u{2800}", after: "b"),
        Row(before: "a", hidden: "\u{FE00}", after: "b"), Row(before: "a", hidden: "\u{FE0F}", after: "b"),
        Row(before: "1", hidden: "\u{FE0F}", after: "2"), Row(before: "∩", hidden: "\u{FE0D}", after: ""),
        Row(before: "a", hidden: "\u{E0100}", after: ""), Row(before: "a", hidden: "\u{180B}", after: "b"),
        Row(before: "a", hidden: "\u{1BCA0}", after: ""), Row(before: "a", hidden: "\u{1D173}", after: ""),
        Row(before: "a", hidden: "\u{FFF9}", after: "b"), Row(before: "a", hidden: "\u{2028}", after: "b"),
        Row(before: "a", hidden: "\u{2029}", after: "b"), Row(before: "a", hidden: "\u{E000}", after: "b"),
        Row(before: "a", hidden: "\u{FFFE}", after: "b"), Row(before: "a", hidden: "\u{0378}", after: "b"),
        Row(before: "a", hidden: "\u{0}", after: "b"), Row(before: "a", hidden: "\u{1B}", after: "b"),
        Row(before: "a", hidden: "\u{85}", after: "b"), Row(before: "a", hidden: "\u{7F}", after: "b"),
    ])
    func `a hidden character is found, shown and removed`(_ row: Row) {
        let text = row.before + String(row.hidden) + row.after
        #expect(HiddenCharacters.first(in: text) == row.hidden)
        let name = HiddenCharacters.name(of: row.hidden)
        #expect(HiddenCharacters.shown(text).unicodeScalars.contains(row.hidden) == false)
        #expect(HiddenCharacters.shown(text).contains("<\(name)>"))
        #expect(!HiddenCharacters.removing(from: text).unicodeScalars.contains(row.hidden))
    }

    @Test func `line ends and tabs stay if lines are kept, and are shown otherwise`() {
        #expect(HiddenCharacters.shown("a\n\tb\r") == "a<U+000A><U+0009>b<U+000D>")
        #expect(HiddenCharacters.shown("a\n\tb\u{200B}", keepsLines: true) == "a\n\tb<U+200B>")
        #expect(HiddenCharacters.removing(from: "a\n\u{200B}b\u{202E}") == "a\nb")
    }
}

struct LookAlikesTests {
    @Test(arguments: [
        ("Reads a file", "Reads a file"), ("Читает файл", "Читает файл"), ("αβγ", "αβγ"),
        ("раypal", "р<U+0440 Cyrillic>а<U+0430 Cyrillic>ypal"), ("pαy now", "pα<U+03B1 Greek>y now"),
        ("Ηello", "Η<U+0397 Greek>ello"),
    ])
    func `a word of mixed scripts has its foreign letters marked`(_ text: String, _ marked: String) {
        #expect(LookAlikes.marked(text) == marked)
    }

    @Test func `a word that spells an earlier one in other letters is marked, even if all are foreign`() {
        let earlier = LookAlikes.words(of: "open the scope")
        #expect(
            LookAlikes.marked("ореn", earlierWords: earlier)
                == "о<U+043E Cyrillic>р<U+0440 Cyrillic>е<U+0435 Cyrillic>n"
        )
        #expect(
            LookAlikes.marked("ѕсоре", earlierWords: earlier)
                == "ѕ<U+0455 Cyrillic>с<U+0441 Cyrillic>о<U+043E Cyrillic>р<U+0440 Cyrillic>е<U+0435 Cyrillic>"
        )
        #expect(LookAlikes.marked("ѕсоре") == "ѕсоре")
    }
}
