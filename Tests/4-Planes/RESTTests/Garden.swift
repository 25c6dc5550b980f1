import HTTP
import JSON
import REST

/// A small API of operations for the tests: the beds of a garden and their plants.
struct GardenServices: Serving {
    typealias Caller = Reader

    let beds: [Bed]
}

struct Bed: Sendable {
    var id: Int64
    var name: String
    var plants: [String] = []
    var wateredAtMs: Int64?
    var isSunny = false
    var owner: Owner?
}

struct Owner: Sendable {
    let name: String
}

struct OwnerForm: Form {
    typealias Record = Owner

    let name = Member("name", .text, \Owner.name)

    static let component: String? = "Owner"
}

struct BedForm: ListedForm {
    typealias Record = Bed

    static let component: String? = "Bed"
    static let plural = "beds"

    static func revision(of bed: Bed) -> Int64? { bed.id * 10 }

    let id = Member("id", .id, \Bed.id)
    let name = Member("name", .name, \Bed.name)
    let plants = Member("plants", .list(.text(1...9), max: 5), \Bed.plants)
    let wateredAtMs = Member("wateredAtMs", .moment, \Bed.wateredAtMs)
    let sunny = Member("sunny", .truth("whether it lies in the sun"), \Bed.isSunny)
    let owner = Member("owner", OwnerForm.self, ifAny: \Bed.owner)
}

struct DugBed: Sendable {
    let bed: Bed
    let depth: Int
}

struct DugBedForm: Form {
    typealias Record = DugBed

    let bed = Included(BedForm.self, \DugBed.bed)
    let depth = Member("depth", .count, \DugBed.depth)
}

enum Tool: String, Sendable, CaseIterable { case spade, fork }

enum Garden {
    static let all: [any AnyOperation<GardenServices>] = [list, dig, paint]

    struct ListArguments: Arguments {
        let sunny = Argument.flag("sunny", "only those in the sun").flagOption()
        let page = PageArguments()
    }

    static let list = Operation<GardenServices, ListArguments, ListForm<BedForm>>(
        .get,
        "/beds",
        id: "bedList",
        "Lists beds.",
        takes: ListArguments.self,
        answers: ListForm<BedForm>.self,
        verb: Verb(
            "bed list",
            "Lists beds.",
            example: "garden bed list",
            shows: .table([
                Column("NAME", \.name),
                Column("PLANTS") { Cell($0.plants).or(.text("weeds")) },
                Column("WATERED", \.wateredAtMs).spare,
                .age("SINCE", \.wateredAtMs),
                Column("SUN", \.sunny),
            ]) { $0.sunny ? "no sun" : "no beds" }
        )
    ) { call throws(Problem) in
        let page = try call.page(of: "beds")
        let beds = call.services.beds.filter { $0.isSunny || !call.sunny }
        return page.cut(beds, place: { "\($0.id)" }, isAfter: { $0.id > Int64($1) ?? 0 })
    }

    struct DigArguments: Arguments {
        let id = Argument.path("id", .id, "the bed's id").operand("the bed's number")
        let tool = Argument.member("tool", .words(of: Tool.self)).option("T", "what to dig with")
        let depthCm = Argument.optional("depthCm", .count(1...99)).option("CM", "how deep")
        let plants = Argument.list("plants", .list(.text(1...9), max: 2)).option("P", "what to put in")
        let dryRun = Argument.dryRun
    }

    static let dig = Operation<GardenServices, DigArguments, DugBedForm>(
        .post,
        "/beds/{id}/dig",
        id: "bedDig",
        "Digs a bed.",
        takes: DigArguments.self,
        answers: DugBedForm.self,
        status: 201,
        repeated: (status: 200, of: { $0.depth == 0 }),
        problems: [.notFound],
        verb: Verb(
            "bed dig",
            "Digs a bed.",
            example: "garden bed dig 1 --tool spade",
            shows: .done { dug, given in "dug \(dug.bed.name) \(dug.depth) deep with \(given.tool ?? "")" }
        )
    ) { call throws(Problem) in
        guard var bed = call.services.beds.first(where: { $0.id == call.id }) else {
            throw Problem(.notFound, "there is no bed \(call.id)")
        }
        bed.plants += call.plants
        let depth = call.isDryRun ? 0 : call.depthCm ?? (call.tool == .spade ? 30 : 15)
        return DugBed(bed: bed, depth: depth)
    }

    struct PaintArguments: Arguments {
        let colour = Argument.change("colour", .text(1...9))
    }

    struct PaintForm: Form {
        typealias Record = String

        let colour = Member("colour", .text, { (colour: String) in colour })
    }

    static let paint = Operation<GardenServices, PaintArguments, PaintForm>(
        .patch,
        "/fence",
        id: "fencePaint",
        "Paints the fence.",
        takes: PaintArguments.self,
        answers: PaintForm.self,
        verb: .own("fence paint")
    ) { call throws(Problem) in
        switch call.colour {
        case .keep: "as it was"
        case .clear: "bare"
        case .set(let colour): colour
        }
    }
}

let garden = Router(
    Garden.all,
    GardenServices(beds: [
        Bed(id: 1, name: "herbs", plants: ["sage", "mint"], wateredAtMs: 5_000, owner: Owner(name: "ada")),
        Bed(id: 2, name: "roses", isSunny: true),
    ])
)
