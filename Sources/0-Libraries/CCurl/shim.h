#pragma once
#include <curl/curl.h>

// curl_easy_setopt, curl_easy_getinfo and curl_multi_setopt are variadic, which Swift does not import: one shim per
// type of argument, so that a wrong type does not compile.
static inline CURLcode shim_curl_easy_setopt_long(CURL *_Nonnull easy, CURLoption option, long value) {
    return curl_easy_setopt(easy, option, value);
}
static inline CURLcode shim_curl_easy_setopt_off(CURL *_Nonnull easy, CURLoption option, curl_off_t value) {
    return curl_easy_setopt(easy, option, value);
}
static inline CURLcode shim_curl_easy_setopt_text(CURL *_Nonnull easy, CURLoption option, const char *_Nonnull value) {
    return curl_easy_setopt(easy, option, value);
}
static inline CURLcode shim_curl_easy_setopt_pointer(CURL *_Nonnull easy, CURLoption option, void *_Nullable value) {
    return curl_easy_setopt(easy, option, value);
}
static inline CURLcode shim_curl_easy_setopt_list(
    CURL *_Nonnull easy, CURLoption option, struct curl_slist *_Nullable value) {
    return curl_easy_setopt(easy, option, value);
}
/// For CURLOPT_WRITEFUNCTION, CURLOPT_HEADERFUNCTION and CURLOPT_READFUNCTION.
static inline CURLcode shim_curl_easy_setopt_transfer(
    CURL *_Nonnull easy, CURLoption option,
    size_t (*_Nonnull value)(char *_Nullable, size_t, size_t, void *_Nullable)) {
    return curl_easy_setopt(easy, option, value);
}
static inline CURLcode shim_curl_easy_setopt_opensocket(
    CURL *_Nonnull easy,
    curl_socket_t (*_Nonnull value)(void *_Nullable, curlsocktype, struct curl_sockaddr *_Nullable)) {
    return curl_easy_setopt(easy, CURLOPT_OPENSOCKETFUNCTION, value);
}
static inline CURLcode shim_curl_easy_setopt_closesocket(
    CURL *_Nonnull easy, int (*_Nonnull value)(void *_Nullable, curl_socket_t)) {
    return curl_easy_setopt(easy, CURLOPT_CLOSESOCKETFUNCTION, value);
}
static inline CURLcode shim_curl_easy_getinfo_long(CURL *_Nonnull easy, CURLINFO info, long *_Nonnull value) {
    return curl_easy_getinfo(easy, info, value);
}
static inline CURLcode shim_curl_easy_getinfo_off(CURL *_Nonnull easy, CURLINFO info, curl_off_t *_Nonnull value) {
    return curl_easy_getinfo(easy, info, value);
}
static inline CURLMcode shim_curl_multi_setopt_long(CURLM *_Nonnull multi, CURLMoption option, long value) {
    return curl_multi_setopt(multi, option, value);
}
static inline CURLMcode shim_curl_multi_setopt_pointer(
    CURLM *_Nonnull multi, CURLMoption option, void *_Nullable value) {
    return curl_multi_setopt(multi, option, value);
}
static inline CURLMcode shim_curl_multi_setopt_socket(
    CURLM *_Nonnull multi,
    int (*_Nonnull value)(CURL *_Nullable, curl_socket_t, int, void *_Nullable, void *_Nullable)) {
    return curl_multi_setopt(multi, CURLMOPT_SOCKETFUNCTION, value);
}
static inline CURLMcode shim_curl_multi_setopt_timer(
    CURLM *_Nonnull multi, int (*_Nonnull value)(CURLM *_Nullable, long, void *_Nullable)) {
    return curl_multi_setopt(multi, CURLMOPT_TIMERFUNCTION, value);
}
/// The result of a finished transfer: a member of a union, which Swift can't tell from the other one.
static inline CURLcode shim_curl_message_result(const CURLMsg *_Nonnull message) { return message->data.result; }
/// CURLVERSION_NOW is a macro over an enumerator.
static inline const curl_version_info_data *_Nullable shim_curl_version_info(void) {
    return curl_version_info(CURLVERSION_NOW);
}
