import HTTP
import JSON
import REST

/// A small API for the tests: books on a shelf.
struct Reader: APICaller {
    var mayChange = true

    func may(_ access: Access) -> Bool { access == .read || mayChange }
    var standing: String { "the role reader" }
}

let shelf = Router<Reader>(
    [
        Route(
            .get,
            "/books",
            id: "bookList",
            "Lists books.",
            parameters: [.query("by", .string(1...10), "the author")] + Page.parameters,
            answer: Page.schema("books", of: .string())
        ) { call throws(Problem) in
            let page = try Page(call, list: "books")
            let all = (1...7).map { "book-\($0)" }
            return page.answer("books", all, place: { $0 }, isAfter: { $0 > $1 }, json: { .string($0) })
        },
        Route(
            .post,
            "/books",
            id: "bookAdd",
            "Adds a book.",
            body: .object([.required("title", .string(1...9)), .optional("pages", .integer(1...999).orNull)]),
            status: 201,
            answer: .reference("Book"),
            problems: [.conflict]
        ) { call throws(Problem) in
            APIReply(["title": .string(call.text("title") ?? ""), "says": .bool(call.says("pages"))])
        },
        Route(
            .get,
            "/books/{title}",
            id: "bookShow",
            "Shows a book.",
            parameters: [.path("title", .string(1...20), "its title")],
            answer: .reference("Book")
        ) { call throws(Problem) in
            APIReply(["title": .string(call.path("title")), "says": false], etag: EntityTag(7))
        },
        Route(
            .delete,
            "/books/{title}",
            id: "bookRemove",
            "Removes a book.",
            parameters: [
                .path("title", .string(1...20), "its title"), .query("force", .boolean(), "anyhow"),
            ],
            answer: .reference("Book"),
            problems: [.preconditionFailed]
        ) { call throws(Problem) in
            if let revision = try call.expectedRevision(), revision != 7 {
                throw Problem(.preconditionFailed, "the book is at revision 7", hint: "read it again")
            }
            return APIReply(["title": .string(call.path("title")), "says": .bool(call.flag("force"))])
        },
    ],
    components: ["Book": .object([.required("title", .string()), .required("says", .boolean())])]
)
