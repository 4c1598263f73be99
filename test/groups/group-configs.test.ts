import { beforeEach, describe, expect, test } from 'vitest'
import { groupConfigCacheMsMax } from '../../lib/base/limits.ts'
import { groupConfigKey } from '../../lib/cluster/dynamic-config-item.ts'
import { GroupConfigStore } from '../../lib/groups/group-configs.ts'
import { defaultGroupSettings } from '../../lib/groups/group-settings.ts'
import { StoreUnavailable } from '../../lib/store/errors.ts'
import { ImpatientClock } from '../world/impatient-clock.ts'
import { metaStores } from '../world/meta-stores.ts'
import { UnreliableMeta } from '../world/unreliable-meta.ts'

const session = 'consumer.session.timeout.ms'
const heartbeat = 'consumer.heartbeat.interval.ms'
const set = (name: string, value: string) => [{ name, operation: 'SET' as const, value }]
const altered = { outcome: 'altered' }

describe.each(metaStores)('configs of groups on $name', ({ open }) => {
  let meta: UnreliableMeta
  let clock: ImpatientClock
  const store = () => new GroupConfigStore({ meta, clock, settings: () => defaultGroupSettings })
  const sessionMs = (configs: GroupConfigStore, group = 'g') => configs.settings(group).consumer.sessionTimeoutMs

  beforeEach(() => {
    meta = new UnreliableMeta(open())
    clock = new ImpatientClock()
  })

  test('what one process sets holds there at once, and in every other within seconds', async () => {
    const [one, two] = [store(), store()]
    await two.freshen('g')
    expect(await one.alter('g', set(session, '50000'))).toEqual(altered)
    expect([sessionMs(one), sessionMs(one, 'other'), sessionMs(two)]).toEqual([50_000, 45_000, 45_000])
    clock.jump(groupConfigCacheMsMax - 1)
    await two.freshen('g')
    expect(sessionMs(two)).toBe(45_000)
    clock.jump(1)
    await two.freshen('g')
    expect(sessionMs(two)).toBe(50_000)
    expect(await two.get('g')).toEqual({ [session]: '50000' })
    await two.alter('g', [{ name: session, operation: 'DELETE' }])
    clock.jump(groupConfigCacheMsMax)
    await one.freshen('g')
    expect(sessionMs(one)).toBe(45_000)
  })

  test('a burst of heartbeats reads once, and none reads again for a while', async () => {
    const configs = store()
    await Promise.all([configs.freshen('g'), configs.freshen('g')])
    await configs.freshen('g')
    expect(meta.calls).toEqual(['get'])
  })

  test('a clock that was set back is no reason to believe what is old', async () => {
    const configs = store()
    await configs.freshen('g')
    clock.jump(-60_000)
    await configs.freshen('g')
    expect(meta.calls).toEqual(['get', 'get'])
  })

  test('while the store is away what was known holds, and nothing is made up', async () => {
    const configs = store()
    await configs.alter('g', set(session, '50000'))
    clock.jump(groupConfigCacheMsMax)
    meta.answering = Promise.reject(new StoreUnavailable('a read'))
    meta.answering.catch(() => undefined)
    await configs.freshen('g')
    expect(sessionMs(configs)).toBe(50_000)
    await expect(configs.freshen('unknown')).rejects.toThrow(StoreUnavailable)
  })

  test('two that alter one group at once both succeed', async () => {
    const [one, two] = [store(), store()]
    const answers = await Promise.all([one.alter('g', set(session, '50000')), two.alter('g', set(heartbeat, '6000'))])
    expect(answers).toEqual([altered, altered])
    expect(await one.get('g')).toEqual({ [session]: '50000', [heartbeat]: '6000' })
  })

  test('an alteration whose answer was lost is made once more, and holds', async () => {
    meta.fate = (write) => (write === 0 ? 'answer-lost' : 'done')
    expect(await store().alter('g', set(session, '50000'))).toEqual(altered)
    expect(await store().get('g')).toEqual({ [session]: '50000' })
  })

  test('what changes nothing, and what is only judged, is not written', async () => {
    const configs = store()
    expect(await configs.alter('g', [{ name: session, operation: 'DELETE' }])).toEqual(altered)
    expect(await configs.replace('g', {})).toEqual(altered)
    expect(await configs.alter('g', set(session, '50000'), { validateOnly: true })).toEqual(altered)
    expect(await configs.alter('g', set(session, '5'))).toMatchObject({ outcome: 'invalid-config' })
    expect(await configs.replace('g', { [session]: '5' })).toMatchObject({ outcome: 'invalid-config' })
    expect(meta.writes).toBe(0)
    expect(sessionMs(configs)).toBe(45_000)
  })

  test('what a later version of Gregor has set is no obstacle, and not shown', async () => {
    await meta.put({ ...groupConfigKey('g'), config: { 'consumer.later': '1', [session]: '50000' }, version: 1 })
    const configs = store()
    await configs.freshen('g')
    expect(sessionMs(configs)).toBe(50_000)
    expect(await configs.alter('g', set(heartbeat, '6000'))).toEqual(altered)
    expect(await configs.get('g')).toEqual({ [session]: '50000', [heartbeat]: '6000' })
  })

  test('all groups on which something is set are listed, however many, and none else', async () => {
    const configs = store()
    const groups = Array.from({ length: 1_100 }, (_, at) => `g${String(at).padStart(4, '0')}`)
    const item = (group: string, config = {}) => ({ ...groupConfigKey(group), config, version: 1 })
    for (const group of groups) await meta.put(item(group, { [session]: '50000' }))
    await meta.put(item('emptied'))
    await meta.put({ pk: 'cluster', sk: 'config#groups', group: 'no config' })
    expect(await configs.list()).toEqual(groups)
  })
})
