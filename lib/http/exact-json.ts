/**
 * JSON that loses no digit. A parsed value is stringified again when it is stored, so `12345678901234567890` would become
 * `12345678901234567000`, and `1e400` null. A number that a double cannot hold keeps its text (`JSON.rawJSON`); everything
 * else becomes what `JSON.stringify` makes of it: `1.0` is stored as `1`, insignificant space goes.
 */

/**
 * Numbers that may need more than a double has: 16 characters and more of digits, or an exponent of three digits; and strings
 * that look alike, after a comma, a space or what else stands before a number.
 */
const suspicious = /(?:^|[[:,\s])-?(?:\d[\d.]{15}|\d[\d.]*[eE][+-]?\d{3})/

/** As `JSON.parse`; throws its `SyntaxError`. Raw numbers are objects that only `JSON.stringify` understands. */
export function parseExactJson(text: string): unknown {
  if (!suspicious.test(text)) return JSON.parse(text)
  return (parseWithSource as ParseWithSource)(text, (_, value, { source }) =>
    typeof value === 'number' && source !== undefined && !isExact(source, value) ? rawJson(source) : value,
  )
}

/** Both are in Node 22 and later (the ECMAScript proposal "JSON.parse source text access"), not in TypeScript's library. */
type ParseWithSource = (
  text: string,
  reviver: (key: string, value: unknown, context: { readonly source?: string }) => unknown,
) => unknown
const parseWithSource: unknown = JSON.parse
const rawJson = (JSON as unknown as { rawJSON(text: string): unknown }).rawJSON

function isExact(source: string, value: number): boolean {
  const text = String(value)
  return text === source || canonical(text) === canonical(source)
}

/** `-12.50e3` -> `-125e2`: all ways to write a number become one. */
function canonical(number: string): string {
  const match = /^(-?)(\d+)(?:\.(\d+))?(?:[eE]([+-]?\d+))?$/.exec(number)
  if (match === null) return number
  const [, sign = '', whole = '', fraction = '', exponent = '0'] = match
  const digits = `${whole}${fraction}`.replace(/^0+/, '')
  const significant = digits.replace(/0+$/, '')
  if (significant === '') return '0'
  return `${sign}${significant}e${Number(exponent) - fraction.length + digits.length - significant.length}`
}
