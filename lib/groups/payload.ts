/**
 * What members bring and are given (subscriptions, assignments) is opaque or large, and lies in items of its own. The state
 * names it by its content: two payloads are equal if their names are, a hundred members with one subscription share one,
 * and a pure transition can name what is not stored yet. `payload-items.ts` stores them.
 */
import { createHash } from 'node:crypto'
import { payloadRefBytes } from '../base/limits.ts'

/** 96 bits of SHA-256 as base64url, a dot and the number of bytes in base 36; '' names no bytes at all. */
export type PayloadRef = string

/** Payloads that the new state names and the old one may not have. */
export type Payloads = ReadonlyMap<PayloadRef, Uint8Array>

export const noPayload: PayloadRef = ''

export function payloadRef(bytes: Uint8Array): PayloadRef {
  if (bytes.length === 0) return noPayload
  const digest = createHash('sha256').update(bytes).digest().subarray(0, payloadRefBytes).toString('base64url')
  return `${digest}.${bytes.length.toString(36)}`
}

/** The size of what is named. */
export function payloadBytes(ref: PayloadRef): number {
  return ref === noPayload ? 0 : Number.parseInt(ref.slice(ref.indexOf('.') + 1), 36)
}

/** What all of these take together, each counted once. */
export function payloadsBytes(refs: Iterable<PayloadRef>): number {
  let bytes = 0
  for (const ref of new Set(refs)) bytes += payloadBytes(ref)
  return bytes
}
