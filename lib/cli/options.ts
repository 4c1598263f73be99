/** What people type, as values. Each reader answers a value or throws the `Failure` that says what would have been right. */
import { InvalidArgumentError } from 'commander'
import type { StartPosition } from '../client/client-types.ts'

/** A whole number in a range, for commander: its message names the option. */
export const wholeNumber =
  (least: number, most: number) =>
  (text: string): number => {
    const number = Number(text)
    if (!/^-?\d+$/.test(text) || !Number.isSafeInteger(number) || number < least || number > most) {
      const range = most === Number.MAX_SAFE_INTEGER ? `from ${least} up` : `from ${least} to ${most}`
      throw new InvalidArgumentError(`It must be a whole number ${range}.`)
    }
    return number
  }

/** Where reading begins. */
export type Position =
  | { readonly at: 'earliest' | 'latest' }
  | { readonly at: 'offset'; readonly offset: number }
  | { readonly at: 'timestamp'; readonly timestampMs: number }

/** Bare numbers from here on are milliseconds since 1970 (2001 and later), below it offsets: a partition of a trillion records is far. */
const timestampFrom = 1_000_000_000_000

export function position(text: string): Position {
  if (text === 'earliest' || text === 'latest') return { at: text }
  if (/^\d+$/.test(text) && Number.isSafeInteger(Number(text))) {
    const number = Number(text)
    return number < timestampFrom ? { at: 'offset', offset: number } : { at: 'timestamp', timestampMs: number }
  }
  // A year alone, "3" or "May" would be dates to Date.parse; only ISO 8601 is meant.
  const timestampMs = /^\d{4}-\d{2}-\d{2}/.test(text) ? Date.parse(withZone(text)) : Number.NaN
  if (Number.isNaN(timestampMs)) {
    throw new InvalidArgumentError(
      'It must be earliest, latest, an offset (0 and up), or a time: 2026-11-21T10:00:00Z, or milliseconds since 1970.',
    )
  }
  return { at: 'timestamp', timestampMs }
}

/** A time without a zone is UTC, as a date alone is, and as Kafka's --to-datetime has it; to Date.parse it is the machine's. */
const withZone = (text: string) => (/T[\d:.]+$/i.test(text) ? `${text}Z` : text)

/** The same for the client. */
export function startPosition(position: Position): StartPosition {
  if (position.at === 'offset') return position.offset
  return position.at === 'timestamp' ? { timestamp: position.timestampMs } : position.at
}

/** `name=value` as a pair; the value may contain `=`, and may be empty. */
export function pair(text: string): readonly [name: string, value: string] {
  const at = text.indexOf('=')
  if (at < 1) throw new InvalidArgumentError('It must be NAME=VALUE.')
  return [text.slice(0, at), text.slice(at + 1)]
}

/** For commander: an option that may be given many times. */
export const collect =
  <T>(read: (text: string) => T) =>
  (text: string, before: readonly T[] | undefined): readonly T[] => [...(before ?? []), read(text)]

/** A base URL of a cluster's HTTP API, without a slash at its end. */
export function clusterUrl(text: string): string {
  const withScheme = /^[a-z][a-z0-9+.-]*:\/\//i.test(text) ? text : `http://${text}`
  const url = URL.canParse(withScheme) ? new URL(withScheme) : undefined
  if (!url || !/^https?:$/.test(url.protocol) || url.hostname === '') {
    throw new InvalidArgumentError('It must be a URL such as http://127.0.0.1:8082.')
  }
  return url.href.replace(/\/+$/, '')
}

/** A separator as it is typed in a shell: `\t` and `\n` stand for the characters. */
export function separator(text: string): string {
  if (text === '') throw new InvalidArgumentError('It must not be empty.')
  return text.replace(/\\t/g, '\t').replace(/\\n/g, '\n').replace(/\\0/g, '\0')
}
