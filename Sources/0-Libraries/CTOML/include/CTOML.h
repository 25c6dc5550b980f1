// CTOML: toml++ (a header-only C++17 parser, Debian's libtomlplusplus-dev) behind a C interface.
//
// A document comes back as one flat array of nodes in pre-order, each with its place in the source. No C++ type and
// no exception leaves the shim.
#pragma once

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

enum shim_toml_kind {
    SHIM_TOML_TABLE = 0,
    SHIM_TOML_ARRAY = 1,
    SHIM_TOML_STRING = 2,
    SHIM_TOML_INTEGER = 3,
    SHIM_TOML_FLOAT = 4,
    SHIM_TOML_BOOLEAN = 5,
    SHIM_TOML_DATE_TIME = 6,
};

/// One value. A table's or array's children follow it directly; `children` counts those one level down.
struct shim_toml_node {
    uint32_t kind;
    uint32_t line, column;
    uint32_t key_line, key_column;
    /// The member's name when the parent is a table. Not zero-terminated.
    const char *_Nullable key;
    size_t key_count;
    /// A string's bytes, or a date or time as written in RFC 3339. Not zero-terminated.
    const char *_Nullable text;
    size_t text_count;
    /// An integer's value; 0 or 1 for a boolean.
    int64_t integer;
    double number;
    size_t children;
};

/// A parsed document, or why there is none: `message` is NULL for a valid document.
struct shim_toml_document {
    const struct shim_toml_node *_Nullable nodes;
    size_t count;
    const char *_Nullable message;
    size_t message_count;
    uint32_t line, column;
    void *_Nullable owner;
};

/// Parses UTF-8 text. Always to be given to shim_toml_free afterwards; its pointers live until then.
struct shim_toml_document shim_toml_parse(const char *_Nonnull bytes, size_t count, size_t nodes_max);

void shim_toml_free(struct shim_toml_document *_Nonnull document);

#ifdef __cplusplus
}
#endif
