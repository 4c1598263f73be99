import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { alteredConfigs, type ConfigAlteration } from '../../lib/cluster/config-alteration.ts'

const throttled = 'leader.replication.throttled.replicas'

describe('altering configs', () => {
  test('SET sets, DELETE goes back to the default, the rest stays', () => {
    const configs = { 'retention.ms': '1', 'segment.ms': '2' }
    expect(
      alteredConfigs(configs, [
        { name: 'retention.bytes', operation: 'SET', value: '3' },
        { name: 'segment.ms', operation: 'DELETE' },
      ]),
    ).toEqual({ configs: { 'retention.ms': '1', 'retention.bytes': '3' } })
  })

  test('APPEND begins at the default when nothing was set, and adds nothing twice', () => {
    const append = (value: string): ConfigAlteration[] => [{ name: 'cleanup.policy', operation: 'APPEND', value }]
    expect(alteredConfigs({}, append('compact'))).toEqual({ configs: { 'cleanup.policy': 'delete,compact' } })
    expect(alteredConfigs({}, append('delete'))).toEqual({ configs: { 'cleanup.policy': 'delete' } })
  })

  test('SUBTRACT takes entries away, down to none', () => {
    const subtract = (value: string): ConfigAlteration[] => [{ name: throttled, operation: 'SUBTRACT', value }]
    expect(alteredConfigs({ [throttled]: '0:1,1:1,2:1' }, subtract('1:1,7:7'))).toEqual({
      configs: { [throttled]: '0:1,2:1' },
    })
    expect(alteredConfigs({ [throttled]: '0:1' }, subtract('0:1'))).toEqual({ configs: { [throttled]: '' } })
  })

  test.each<[string, ConfigAlteration[]]>([
    ['APPEND to what is no list', [{ name: 'retention.ms', operation: 'APPEND', value: '1' }]],
    ['an illegal value', [{ name: 'retention.ms', operation: 'SET', value: 'x' }]],
    ['an illegal entry', [{ name: 'cleanup.policy', operation: 'APPEND', value: 'x' }]],
    ['a config that does not exist', [{ name: 'retention', operation: 'SET', value: '1' }]],
    [
      'one config twice',
      [
        { name: 'retention.ms', operation: 'SET', value: '1' },
        { name: 'retention.ms', operation: 'DELETE' },
      ],
    ],
  ])('%s is refused, and nothing of the request holds', (_, alterations) => {
    const legal: ConfigAlteration = { name: 'segment.ms', operation: 'SET', value: '1' }
    expect(alteredConfigs({}, [legal, ...alterations])).toHaveProperty('problem')
  })

  test('deleting what does not exist is no fault, and changes nothing', () => {
    const configs = { 'retention.ms': '1' }
    expect(alteredConfigs(configs, [{ name: 'retention', operation: 'DELETE' }])).toEqual({ configs })
  })

  test('a thousand operations are refused', () => {
    const many = Array.from({ length: 1_000 }, (): ConfigAlteration => ({ name: 'preallocate', operation: 'DELETE' }))
    expect(alteredConfigs({}, many)).toHaveProperty('problem')
  })

  test('altering twice is altering once', () => {
    const replica = fc.constantFrom('0:1', '1:1', '2:1', '3:1')
    const operation = fc.record({
      name: fc.constant(throttled),
      operation: fc.constantFrom('SET', 'APPEND', 'SUBTRACT'),
      value: fc.uniqueArray(replica).map((entries) => entries.join(',')),
    })
    fc.assert(
      fc.property(fc.uniqueArray(replica), operation, (set, alteration) => {
        const once = alteredConfigs({ [throttled]: set.join(',') }, [alteration])
        if ('problem' in once) throw new Error(once.problem)
        expect(alteredConfigs(once.configs, [alteration])).toEqual(once)
      }),
    )
  })
})
