/**
 * Record batches that real clients sent, one a file, named client-version-codec.bin. They lie beside the checkout, not
 * in it: tests that need them are skipped where they are absent.
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

const folder = join(import.meta.dirname, '../../../shared/fixtures/record-batches')

export interface RecordedBatch {
  readonly name: string
  readonly bytes: Uint8Array
}

export const recordedBatches: readonly RecordedBatch[] = existsSync(folder)
  ? readdirSync(folder)
      .filter((name) => name.endsWith('.bin'))
      .sort()
      .map((name) => ({ name, bytes: new Uint8Array(readFileSync(join(folder, name))) }))
  : []

/** Why tests are skipped, if they are. */
export const recordedBatchesMissing = recordedBatches.length === 0 && `no recorded batches in ${folder}`
