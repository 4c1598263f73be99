/**
 * Frames between real clients and Apache Kafka 4.2.1, without their lengths, and what Kafka itself reads in them. They lie
 * beside the checkout, not in it: tests that need them are skipped where they are absent.
 */
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { apiByKey } from '../../lib/wire/apis.ts'
import type { Api } from '../../lib/wire/schema.ts'
import { covers } from '../../lib/wire/versions.ts'

const folder = join(import.meta.dirname, '../../../shared/fixtures/frames')

interface IndexEntry {
  readonly key: number
  readonly api: string
  readonly version: number
  /** `sweep, ...` where no client sent it: Kafka's own classes wrote the request, for a version that no client speaks. */
  readonly client: string
  readonly clientId: string
  readonly correlationId: number
  readonly request: string
  /** Null where the response was left out: DescribeLogDirs. */
  readonly response: string | null
  /** Bytes after the last field, which the client leaves and the server ignores. */
  readonly requestTrailingBytes?: number
}

export interface RecordedPair extends IndexEntry {
  readonly table: Api
}

const index: { readonly frames: readonly IndexEntry[] } = existsSync(folder)
  ? JSON.parse(readFileSync(join(folder, 'index.json'), 'utf8'))
  : { frames: [] }

/** Every pair, but for the one whose version no server knows. */
export const recordedPairs: readonly RecordedPair[] = index.frames.flatMap((entry) => {
  const table = apiByKey(entry.key)
  return table !== undefined && covers(table.versions, entry.version) ? [{ ...entry, table }] : []
})

export interface RecordedResponse extends RecordedPair {
  readonly response: string
}

export const recordedResponses = recordedPairs.filter((pair): pair is RecordedResponse => pair.response !== null)

/** Pairs without a table: `key vversion`. */
export const pairsWithoutTable = index.frames
  .filter(({ key, version }) => !recordedPairs.some((pair) => pair.key === key && pair.version === version))
  .map(({ key, version }) => `${key} v${version}`)

/** Why tests are skipped, if they are. */
export const recordedFramesMissing = index.frames.length === 0 && `no recorded frames in ${folder}`

export const recordedFrame = (name: string): Buffer => readFileSync(join(folder, name))

/** Undefined where nothing was written down. */
export function recordedJson(name: string): unknown {
  const path = join(folder, 'json', `${name.replace(/^more\//, '').replace(/\.bin$/, '')}.json`)
  return existsSync(path) ? JSON.parse(readFileSync(path, 'utf8')) : undefined
}
