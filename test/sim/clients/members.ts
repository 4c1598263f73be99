/** The members of a world's group: they come, commit what they read, leave and die, and come again. */
import type { Entropy } from '../../../lib/base/entropy.ts'
import type { GroupKind } from '../features.ts'
import type { GroupRecord } from '../group-record.ts'
import type { World } from '../world.ts'
import { ClassicMember } from './classic-member.ts'
import { ConsumerMember } from './consumer-member.ts'
import type { Member, MemberParts } from './member.ts'

/** What a member does before it goes, in all its lives. */
const stepsMax = 14
/** How long one is away, ms: less than its session, or more. */
const awayMsMax = 3_000

/** `isStatic`: it has an instance id, under which its next life takes its place; at times before the last one has died. */
export function groupMember(world: World, record: GroupRecord, client: string, kind: GroupKind, isStatic: boolean) {
  return world.work(client, async (entropy) => {
    const instanceId = isStatic ? `i-${client}` : null
    const parts = { world, record, entropy, instanceId, kind }
    const hasTwin = isStatic && entropy.fraction() < 0.3
    const twin = async () => {
      await world.sleep(entropy.fraction() * awayMsMax)
      await lives({ ...parts, client: `${client}-twin`, entropy: world.entropy(`${client}-twin`) }, stepsMax / 2)
    }
    await Promise.all([lives({ ...parts, client }, stepsMax), hasTwin ? twin() : undefined])
  })
}

async function lives(parts: Omit<MemberParts, 'freshId'> & { readonly kind: GroupKind }, steps: number): Promise<void> {
  const { world, entropy, client } = parts
  let life = 0
  for (let left = steps; ; ) {
    const member = anyMember({ ...parts, freshId: () => `${client}-${life++}` }, parts.kind, entropy)
    left = await member.live(left)
    if (left <= 0) {
      if (entropy.fraction() < 0.5) await member.leave()
      else member.die()
      return
    }
    await world.sleep(entropy.fraction() * awayMsMax)
  }
}

/** Those of one group bring the same assignors: which is the group's, so that there is always one that all have. */
function anyMember(parts: MemberParts, kind: GroupKind, { fraction }: Entropy): Member {
  const isModern = kind === 'mixed' ? fraction() < 0.4 : kind === 'consumer'
  return isModern ? new ConsumerMember(parts) : new ClassicMember(parts, parts.record.mode)
}
