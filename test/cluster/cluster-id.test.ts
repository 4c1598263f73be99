import { describe, expect, test } from 'vitest'
import { clusterId } from '../../lib/cluster/cluster-id.ts'
import { ImpatientClock } from '../world/impatient-clock.ts'
import { metaStores } from '../world/meta-stores.ts'
import { seeded } from '../world/seeded.ts'
import { UnreliableMeta } from '../world/unreliable-meta.ts'

describe.each(metaStores)('the id of the cluster on $name', ({ open }) => {
  test('is made once, whoever comes first, and then read', async () => {
    const meta = new UnreliableMeta(open())
    const ports = (seed: number) => ({ meta, clock: new ImpatientClock(), entropy: seeded(seed) })
    const ids = await Promise.all([clusterId(ports(1)), clusterId(ports(2)), clusterId(ports(3))])
    expect(new Set(ids).size).toBe(1)
    expect(ids[0]).toMatch(/^[A-Za-z0-9_][A-Za-z0-9_-]{21}$/)
    meta.reset()
    expect(await clusterId(ports(4))).toBe(ids[0])
    expect(meta.calls).toEqual(['get'])
  })

  test('survives an answer that is lost', async () => {
    const meta = new UnreliableMeta(open())
    meta.fate = (write) => (write === 0 ? 'answer-lost' : 'done')
    const id = await clusterId({ meta, clock: new ImpatientClock(), entropy: seeded(1) })
    expect(await clusterId({ meta, clock: new ImpatientClock(), entropy: seeded(9) })).toBe(id)
  })
})
