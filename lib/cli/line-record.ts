/** A line of input as a record: its key, its headers, and the partition that keeps its key's order. */
import { systemEntropy } from '../base/system.ts'
import { batchPartitioner } from '../records/partitioner.ts'
import { Failure } from './failure.ts'
import type { LaneRecord } from './produce-lanes.ts'

export interface LineOptions {
  readonly key?: string
  readonly keySeparator?: string
  readonly header?: readonly (readonly [string, string])[]
  readonly partition?: number
  /** Milliseconds since the epoch. */
  readonly timestamp?: number
}

export interface LineReader {
  /** A way to read lines that, without keys, share a partition. */
  startBatch(): (line: Buffer) => LaneRecord
}

export function lineReader(topic: string, partitionCount: number, options: LineOptions): LineReader {
  const headers = options.header?.map(([key, value]) => ({ key, value }))
  const fixedKey = options.key === undefined ? null : Buffer.from(options.key)
  const separator = options.keySeparator === undefined ? undefined : Buffer.from(options.keySeparator)
  const shared = {
    ...(headers ? { headers } : {}),
    ...(options.timestamp === undefined ? {} : { timestamp: options.timestamp }),
  }
  let lineNumber = 0
  const split = (line: Buffer): { key: Buffer | null; value: Buffer } => {
    lineNumber += 1
    if (!separator) return { key: fixedKey, value: line }
    const at = line.indexOf(separator)
    if (at < 0) throw noSeparator(lineNumber, options.keySeparator ?? '')
    return { key: line.subarray(0, at), value: line.subarray(at + separator.length) }
  }
  return {
    startBatch: () => {
      const choose = batchPartitioner(systemEntropy)
      return (line) => {
        const { key, value } = split(line)
        const partition = options.partition ?? choose({ topic, key, value, partitionCount })
        return { key, value, partition, line: lineNumber, ...shared }
      }
    },
  }
}

const noSeparator = (lineNumber: number, separator: string) =>
  new Failure(`Line ${lineNumber} has no ${JSON.stringify(separator)} between a key and a value.`, {
    nextStep: 'Every line must have one with --key-separator.',
  })
