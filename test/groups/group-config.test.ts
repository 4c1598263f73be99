import { describe, expect, test } from 'vitest'
import {
  alteredGroupConfigs,
  groupConfigsProblem,
  knownGroupConfigs,
  settingsWith,
} from '../../lib/groups/group-config.ts'
import { defaultGroupSettings } from '../../lib/groups/group-settings.ts'

const session = 'consumer.session.timeout.ms'
const heartbeat = 'consumer.heartbeat.interval.ms'
const problem = (configs: Readonly<Record<string, string>>, consumer = {}) =>
  groupConfigsProblem(configs, { ...defaultGroupSettings, consumer: { ...defaultGroupSettings.consumer, ...consumer } })

describe('configs of groups', () => {
  test('both ends of what the broker allows are legal', () => {
    for (const [sessionMs, heartbeatMs] of [
      [45_000, 5_000],
      [60_000, 15_000],
    ]) {
      expect(problem({ [session]: `${sessionMs}`, [heartbeat]: `${heartbeatMs}` })).toBeUndefined()
    }
    expect(problem({ [session]: ' +50000 ' })).toBeUndefined()
    expect(problem({})).toBeUndefined()
  })

  // Each as Apache Kafka 4.2.1 says it.
  test.each([
    [{ [session]: '44999' }, `${session} must be greater than or equal to group.consumer.min.session.timeout.ms`],
    [{ [session]: '60001' }, `${session} must be less than or equal to group.consumer.max.session.timeout.ms`],
    [{ [heartbeat]: '4999' }, `${heartbeat} must be greater than or equal to group.consumer.min.heartbeat.interval.ms`],
    [{ [heartbeat]: '15001' }, `${heartbeat} must be less than or equal to group.consumer.max.heartbeat.interval.ms`],
    [{ [session]: '0' }, `Invalid value 0 for configuration ${session}: Value must be at least 1`],
    [{ [session]: '' }, `Invalid value  for configuration ${session}: Not a number of type INT`],
    [{ [session]: '50000.5' }, `Invalid value 50000.5 for configuration ${session}: Not a number of type INT`],
    [{ [session]: '2147483648' }, `Invalid value 2147483648 for configuration ${session}: Not a number of type INT`],
    [{ [session]: '5', nope: '1' }, 'Unknown group config name: nope'],
    [{ 'share.auto.offset.reset': 'earliest' }, 'Unknown group config name: share.auto.offset.reset'],
    [{ toString: '1' }, 'Unknown group config name: toString'],
  ])('%o is refused', (configs, sentence) => {
    expect(problem(configs)).toBe(sentence)
  })

  test('a session is longer than the interval of its heartbeats, whichever of them is set', () => {
    const broker = { heartbeatIntervalMs: 10_000, sessionTimeoutMsMin: 6_000, heartbeatIntervalMsMax: 50_000 }
    expect(problem({ [session]: '10000' }, broker)).toBe(`${session} must be greater than ${heartbeat}`)
    expect(problem({ [session]: '10001' }, broker)).toBeUndefined()
    expect(problem({ [heartbeat]: '45000' }, broker)).toBe(`${session} must be greater than ${heartbeat}`)
  })

  test('settings are those of the broker but for what is set', () => {
    expect(settingsWith(defaultGroupSettings, { [session]: ' 50000' })).toEqual({
      ...defaultGroupSettings,
      consumer: { ...defaultGroupSettings.consumer, sessionTimeoutMs: 50_000 },
    })
  })

  test('what is not known, or not legal at all, counts as not set', () => {
    expect(knownGroupConfigs({ [session]: '7', [heartbeat]: 'x', 'consumer.later': '1' })).toEqual({ [session]: '7' })
  })

  test('deleting and setting go together', () => {
    const alterations = [
      { name: session, operation: 'DELETE' as const },
      { name: heartbeat, operation: 'SET' as const, value: '6000' },
    ]
    expect(alteredGroupConfigs({ [session]: '50000' }, alterations, defaultGroupSettings)).toEqual({
      configs: { [heartbeat]: '6000' },
    })
  })
})
