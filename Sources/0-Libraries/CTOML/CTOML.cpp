#include "CTOML.h"

#include <deque>
#include <exception>
#include <memory>
#include <new>
#include <sstream>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

// The library's own checks stay on in release builds and become exceptions, which end here.
#undef NDEBUG
#define TOML_ASSERT(condition)                                  \
    do {                                                        \
        if (!(condition)) throw std::logic_error(#condition);   \
    } while (false)
// Values nest at most this deep; with the bound on a key's parts (TOMLBounds.swift) this bounds every recursion.
#define TOML_MAX_NESTED_VALUES 32
#define TOML_HEADER_ONLY 1
#include <toml++/toml.h>

namespace {

struct too_many_values : std::exception {};

struct owner {
    toml::table root;
    std::vector<shim_toml_node> nodes;
    std::deque<std::string> texts;  // dates as text; a deque, so that earlier ones never move
    std::string message;
};

template <typename Value>
void keep_text(owner &owner, shim_toml_node &node, const Value &value) {
    std::ostringstream stream;
    stream << value;
    owner.texts.push_back(stream.str());
    node.text = owner.texts.back().data();
    node.text_count = owner.texts.back().size();
}

void flatten(owner &owner, const toml::node &value, const toml::key *key, size_t nodes_max) {
    if (owner.nodes.size() >= nodes_max) throw too_many_values{};
    shim_toml_node node = {};
    node.line = value.source().begin.line;
    node.column = value.source().begin.column;
    if (key) {
        node.key_line = key->source().begin.line;
        node.key_column = key->source().begin.column;
        node.key = key->data();
        node.key_count = key->length();
    }
    if (auto table = value.as_table()) {
        node.kind = SHIM_TOML_TABLE;
        node.children = table->size();
    } else if (auto array = value.as_array()) {
        node.kind = SHIM_TOML_ARRAY;
        node.children = array->size();
    } else if (auto string = value.as_string()) {
        node.kind = SHIM_TOML_STRING;
        node.text = string->get().data();
        node.text_count = string->get().size();
    } else if (auto integer = value.as_integer()) {
        node.kind = SHIM_TOML_INTEGER;
        node.integer = integer->get();
    } else if (auto number = value.as_floating_point()) {
        node.kind = SHIM_TOML_FLOAT;
        node.number = number->get();
    } else if (auto boolean = value.as_boolean()) {
        node.kind = SHIM_TOML_BOOLEAN;
        node.integer = boolean->get() ? 1 : 0;
    } else {
        node.kind = SHIM_TOML_DATE_TIME;
        if (auto date = value.as_date()) keep_text(owner, node, date->get());
        if (auto time = value.as_time()) keep_text(owner, node, time->get());
        if (auto both = value.as_date_time()) keep_text(owner, node, both->get());
    }
    owner.nodes.push_back(node);
    if (auto table = value.as_table()) {
        for (auto &&[name, child] : *table) flatten(owner, child, &name, nodes_max);
    } else if (auto array = value.as_array()) {
        for (auto &&child : *array) flatten(owner, child, nullptr, nodes_max);
    }
}

void fail(shim_toml_document &document, std::string_view message, uint32_t line, uint32_t column) {
    auto owner = static_cast<struct owner *>(document.owner);
    owner->message = message;
    document.message = owner->message.data();
    document.message_count = owner->message.size();
    document.line = line;
    document.column = column;
    document.nodes = nullptr;
    document.count = 0;
}

void parse(shim_toml_document &document, std::string_view text, size_t nodes_max) {
    auto owner = static_cast<struct owner *>(document.owner);
    try {
        owner->root = toml::parse(text);
        flatten(*owner, owner->root, nullptr, nodes_max);
        document.nodes = owner->nodes.data();
        document.count = owner->nodes.size();
    } catch (const toml::parse_error &error) {
        fail(document, error.description(), error.source().begin.line, error.source().begin.column);
    } catch (const too_many_values &) {
        fail(document, "the document holds too many values", 0, 0);
    } catch (const std::exception &error) {
        fail(document, error.what(), 0, 0);
    }
}

}  // namespace

extern "C" shim_toml_document shim_toml_parse(const char *bytes, size_t count, size_t nodes_max) {
    static const char out_of_memory[] = "out of memory";
    shim_toml_document document = {};
    try {
        document.owner = new owner();
        parse(document, std::string_view(bytes, count), nodes_max);
    } catch (...) {
        document.nodes = nullptr;
        document.count = 0;
        document.message = out_of_memory;
        document.message_count = sizeof out_of_memory - 1;
    }
    return document;
}

extern "C" void shim_toml_free(shim_toml_document *document) {
    delete static_cast<owner *>(document->owner);
    document->owner = nullptr;
}
