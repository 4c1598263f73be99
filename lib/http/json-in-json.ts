/**
 * What a JSON text takes as a string in JSON, the form in which a Lambda function's answer leaves it: to be known before the
 * answer is made, of texts of megabytes, so it is counted and no such string is made.
 */

/** All that a JSON text may have in it and a string in JSON may not; each becomes two characters. */
const escaped = ['"', '\\', '\n', '\r', '\t'] as const

/** Bytes of `JSON.stringify(json)` in UTF-8, with its quotes. `json` must be a JSON text, of well-formed Unicode. */
export function jsonInJsonBytes(json: string): number {
  let bytes = Buffer.byteLength(json) + 2
  for (const sign of escaped) {
    for (let at = json.indexOf(sign); at >= 0; at = json.indexOf(sign, at + 1)) bytes++
  }
  return bytes
}
