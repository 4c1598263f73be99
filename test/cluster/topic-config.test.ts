import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { describeTopicConfigs, topicConfig, topicConfigsProblem } from '../../lib/cluster/topic-config.ts'
import { topicConfigDefinitions, topicConfigNames } from '../../lib/cluster/topic-config-definitions.ts'

describe("Kafka's topic configs", () => {
  test('all of them are there, with the names of Kafka 4.2', () => {
    expect(topicConfigNames).toEqual([
      'cleanup.policy',
      'compression.gzip.level',
      'compression.lz4.level',
      'compression.type',
      'compression.zstd.level',
      'delete.retention.ms',
      'file.delete.delay.ms',
      'flush.messages',
      'flush.ms',
      'follower.replication.throttled.replicas',
      'index.interval.bytes',
      'leader.replication.throttled.replicas',
      'local.retention.bytes',
      'local.retention.ms',
      'max.compaction.lag.ms',
      'max.message.bytes',
      'message.timestamp.after.max.ms',
      'message.timestamp.before.max.ms',
      'message.timestamp.type',
      'min.cleanable.dirty.ratio',
      'min.compaction.lag.ms',
      'min.insync.replicas',
      'preallocate',
      'remote.log.copy.disable',
      'remote.log.delete.on.disable',
      'remote.storage.enable',
      'retention.bytes',
      'retention.ms',
      'segment.bytes',
      'segment.index.bytes',
      'segment.jitter.ms',
      'segment.ms',
      'unclean.leader.election.enable',
    ])
  })

  test('every default is legal, and set by hand it is still what it was', () => {
    for (const { name, value } of describeTopicConfigs({})) {
      expect(topicConfigsProblem({ [name]: value })).toBeUndefined()
    }
  })

  test('the values of a topic that sets nothing are those of Kafka', () => {
    expect(topicConfig({})).toMatchObject({
      cleanup: { compact: false, delete: true },
      compressionType: 'producer',
      retentionMs: 604_800_000,
      retentionBytes: -1,
      maxMessageBytes: 1_048_588,
      messageTimestampType: 'CreateTime',
      messageTimestampAfterMaxMs: 3_600_000,
      messageTimestampBeforeMaxMs: Number.MAX_SAFE_INTEGER,
      minInsyncReplicas: 1,
      segmentBytes: 1_073_741_824,
    })
  })

  test('every one of them says in words what it does', () => {
    for (const entry of describeTopicConfigs({})) expect(entry.documentation).toMatch(/^[A-Z].{20,}\.$/)
  })

  test('what was set is shown as it was given, and no digit of the largest number is lost', () => {
    const described = describeTopicConfigs({ 'flush.ms': '9223372036854775807', 'retention.ms': '1000' })
    const byName = new Map(described.map((entry) => [entry.name, entry]))
    expect(byName.get('flush.ms')).toMatchObject({ value: '9223372036854775807', isDefault: false })
    expect(byName.get('flush.messages')).toMatchObject({ value: '9223372036854775807', isDefault: true })
    expect(byName.get('retention.ms')).toMatchObject({
      value: '1000',
      defaultValue: '604800000',
      isDefault: false,
      type: 'long',
      serverName: 'log.retention.ms',
    })
  })
})

describe('values that Kafka takes', () => {
  test.each([
    ['cleanup.policy', 'compact'],
    ['cleanup.policy', 'compact,delete'],
    ['cleanup.policy', ' delete , compact '],
    ['cleanup.policy', ''],
    ['compression.gzip.level', '-1'],
    ['compression.gzip.level', '9'],
    ['preallocate', 'TRUE'],
    ['min.cleanable.dirty.ratio', '1'],
    ['min.cleanable.dirty.ratio', '.25'],
    ['retention.ms', '-1'],
    ['retention.ms', '9223372036854775807'],
    ['retention.bytes', '-1'],
    ['leader.replication.throttled.replicas', '*'],
    ['leader.replication.throttled.replicas', '0:1,1:2'],
    ['leader.replication.throttled.replicas', ''],
    ['max.message.bytes', '67108864'],
    ['segment.bytes', ' 1048576 '],
  ])('%s = %j', (name, value) => {
    expect(topicConfigsProblem({ [name]: value })).toBeUndefined()
  })
})

describe('values that are refused, with a sentence that names the config', () => {
  test.each([
    ['cleanup.policy', 'remove'],
    ['cleanup.policy', 'delete,delete'],
    ['compression.type', 'brotli'],
    ['compression.gzip.level', '0'],
    ['compression.gzip.level', '10'],
    ['compression.lz4.level', '18'],
    ['compression.zstd.level', '23'],
    ['preallocate', 'yes'],
    ['min.cleanable.dirty.ratio', '1.1'],
    ['min.cleanable.dirty.ratio', 'NaN'],
    ['retention.ms', '-2'],
    ['retention.ms', '7 days'],
    ['retention.ms', '1.5'],
    ['retention.ms', ''],
    ['retention.ms', '9223372036854775808'],
    ['retention.ms', '9'.repeat(10_000)],
    ['segment.bytes', '1048575'],
    ['segment.bytes', '2147483648'],
    ['max.message.bytes', '67108865'],
    ['min.insync.replicas', '0'],
    ['message.timestamp.type', 'createtime'],
    ['leader.replication.throttled.replicas', '0:1,*'],
    ['remote.storage.enable', 'true'],
    ['leader.replication.throttled.replicas', '0:1,'.repeat(10_000)],
  ])('%s = %.40s', (name, value) => {
    const problem = topicConfigsProblem({ [name]: value })
    expect(problem).toContain(name)
    expect(problem?.length).toBeLessThan(400)
  })

  test('a shortest compaction lag above the longest', () => {
    const configs = { 'min.compaction.lag.ms': '9223372036854775807', 'max.compaction.lag.ms': '9223372036854775806' }
    expect(topicConfigsProblem(configs)).toContain('min.compaction.lag.ms (9223372036854775807)')
  })

  test('a config that does not exist, with the one that was meant', () => {
    expect(topicConfigsProblem({ 'retention.m': '1' })).toBe(
      "There is no topic config named 'retention.m'. Did you mean retention.ms?",
    )
    expect(topicConfigsProblem({ retention_ms: '1' })).toContain('Did you mean retention.ms?')
    expect(topicConfigsProblem({ 'log.cabin': '1' })).not.toContain('Did you mean')
    expect(topicConfigsProblem({ constructor: '1' })).toContain("named 'constructor'")
    expect(topicConfigsProblem(JSON.parse('{"__proto__": "1"}'))).toContain("named '__proto__'")
  })

  test('any text is either taken or refused, and what is taken can be read', () => {
    fc.assert(
      fc.property(fc.constantFrom(...topicConfigNames), fc.string(), (name, value) => {
        const configs = { [name]: value }
        if (topicConfigsProblem(configs) === undefined) expect(() => topicConfig(configs)).not.toThrow()
      }),
    )
    expect(Object.keys(topicConfigDefinitions)).toHaveLength(33)
  })
})
