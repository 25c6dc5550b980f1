// Text: what people and models read. Which characters are hidden, and how a text from outside is shown.
//
//   Depends on   Bytes
//   Used by      whatever shows, logs or checks a text that comes from outside
//   Start at     HiddenCharacters
