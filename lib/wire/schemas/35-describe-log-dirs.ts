/**
 * DescribeLogDirs (35). Log folders of a broker and the bytes of each partition in them. Version 3 has an error of its
 * own, 4 says how much the disk holds (KIP-827).
 */
import { api, arrayOf, bool, field, int16, int32, nullable, safeInt64, string, struct } from '../schema.ts'

const describableLogDirTopic = struct({
  topic: field('0+', string),
  partitions: field('0+', arrayOf(int32)),
})

const describeLogDirsPartition = struct({
  partitionIndex: field('0+', int32),
  partitionSize: field('0+', safeInt64),
  offsetLag: field('0+', safeInt64),
  isFutureKey: field('0+', bool),
})

const describeLogDirsTopic = struct({
  name: field('0+', string),
  partitions: field('0+', arrayOf(describeLogDirsPartition)),
})

const describeLogDirsResult = struct({
  errorCode: field('0+', int16),
  logDir: field('0+', string),
  topics: field('0+', arrayOf(describeLogDirsTopic)),
  totalBytes: field('4+', safeInt64, { default: -1, ignorable: true }),
  usableBytes: field('4+', safeInt64, { default: -1, ignorable: true }),
})

export const describeLogDirsApi = api({
  key: 35,
  name: 'DescribeLogDirs',
  versions: '1-4',
  flexible: '2+',
  request: {
    topics: field('0+', nullable(arrayOf(describableLogDirTopic))),
  },
  response: {
    throttleTimeMs: field('0+', int32),
    errorCode: field('3+', int16, { ignorable: true }),
    results: field('0+', arrayOf(describeLogDirsResult)),
  },
})
