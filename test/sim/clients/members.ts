/** Members of a group, of the classic and of the consumer protocol: they come, commit what they read, leave and die. */
import type { Entropy } from '../../../lib/base/entropy.ts'
import { offset } from '../../../lib/base/ids.ts'
import { chooseBroker } from '../../../lib/cluster/rendezvous.ts'
import type { GroupEvent } from '../../../lib/groups/group-events.ts'
import type { GroupReply, JoinReply } from '../../../lib/groups/group-replies.ts'
import { ModernClient } from '../../groups/consumer/modern-client.ts'
import { type GroupRecord, simGroup } from '../group-record.ts'
import type { SimProcess } from '../process.ts'
import { type Lost, lost, type World } from '../world.ts'

const waitMs = 6_000
const heartbeatMs = 300
const topicName = 'orders'
/** What a member does before it goes. */
const stepsMax = 14

/** As Kafka's FindCoordinator: whom any process names, if that one is there. */
function coordinator(world: World, entropy: Entropy): SimProcess {
  const asked = world.anyProcess(entropy)
  const id = asked.isGateway ? chooseBroker(simGroup, asked.brokers.live())?.id : 0
  return world.processes.find(({ brokerId }) => brokerId === id) ?? asked
}

/** A fault of the store is no answer. */
const unheard = (): Lost => lost

/** One that is alive, and what all members share. */
abstract class Member {
  readonly world: World
  readonly record: GroupRecord
  readonly client: string
  readonly entropy: Entropy
  isAlive = true
  /** Of partitions that are its own: how far it has come. */
  readonly positions = new Map<number, number>()

  constructor(world: World, record: GroupRecord, client: string, entropy: Entropy) {
    this.world = world
    this.record = record
    this.client = client
    this.entropy = entropy
  }

  below = (count: number) => Math.floor(this.entropy.fraction() * count)

  async ask(event: GroupEvent): Promise<GroupReply | Lost | 'out-of-time'> {
    const process = coordinator(this.world, this.entropy)
    const patience = { waitMsMax: waitMs - 500, signal: new AbortController().signal }
    const asking = this.world.call(process, waitMs, () => process.groups.request(simGroup, event, patience))
    const reply = await asking.catch(unheard)
    this.world.story.tell(() => `${this.client} asks ${process.name} (${event.kind}): ${replyOf(reply)}`)
    return reply
  }

  /** Commits one step further for what is its own; first it looks where it is. */
  async commit(memberId: string, generation: number, partitions: readonly number[]): Promise<void> {
    const { world, record } = this
    const process = coordinator(world, this.entropy)
    const topic = { id: world.ids[0]?.topicId as never, name: topicName }
    for (const partition of partitions) {
      if (this.positions.has(partition)) continue
      const fetching = world.call(process, waitMs, () =>
        process.offsets.fetch(simGroup, [{ topic, partitions: [partition] }]),
      )
      const fetched = await fetching.catch(unheard)
      if (fetched === lost) return
      this.positions.set(partition, fetched[0]?.committed?.offset ?? 0)
    }
    const commits = partitions.map((partition) => {
      const next = (this.positions.get(partition) ?? 0) + 1 + this.below(3)
      this.positions.set(partition, next)
      return { topic, partition, offset: offset(next), metadata: `${memberId} ${generation}` }
    })
    const { learned } = record
    const committer = { memberId, instanceId: null, generation }
    const committing = world.call(process, waitMs, () => process.groups.commit(simGroup, committer, commits, 9))
    let failed = false
    const answer = await committing.catch((): Lost => {
      failed = true
      return lost
    })
    // Its process may come to it yet, long after the member has gone on; Kafka's would as well.
    if (answer === lost && !failed) for (const commit of commits) record.givesUp(commit.partition, commit.offset)
    world.story.tell(() => {
      const what = commits.map(({ partition, offset: at }) => `${at} of ${partition}`).join(', ')
      const came =
        answer === lost
          ? 'lost'
          : 'partitions' in answer
            ? answer.partitions.map(({ outcome }) => outcome)
            : 'outcome' in answer
              ? answer.outcome
              : answer.problem
      return `${this.client} commits ${what} in ${generation} by ${process.name}: ${came}`
    })
    if (answer === lost || !('partitions' in answer)) return
    for (const [nth, { outcome }] of answer.partitions.entries()) {
      const commit = commits[nth]
      if (outcome !== 'committed' || !commit) continue
      record.acknowledged(memberId, commit.partition, commit.offset, { learned, generation })
    }
  }
}

function replyOf(reply: GroupReply | Lost | 'out-of-time'): string {
  if (typeof reply !== 'object') return String(reply)
  if (reply.kind === 'refused') return reply.problem
  if (reply.kind === 'join') return `generation ${reply.generation} with ${reply.members.length} members`
  if (reply.kind === 'consumer-heartbeat') return `epoch ${reply.memberEpoch}`
  return reply.kind
}

class ClassicMember extends Member {
  #id = ''
  #fresh = 0
  #steps = 0

  async run(): Promise<void> {
    while (this.#steps < stepsMax) {
      const joined = await this.#join()
      if (!joined) {
        await this.world.sleep(this.below(200))
        continue
      }
      const partitions = await this.#sync(joined)
      if (partitions) await this.#consume(joined, partitions)
    }
    if (this.#id !== '' && this.below(2) === 0) {
      await this.ask({ kind: 'leave', members: [{ memberId: this.#id, instanceId: null }] })
    }
  }

  async #join(): Promise<JoinReply | undefined> {
    this.#steps++
    const reply = await this.ask({
      kind: 'join',
      memberId: this.#id,
      freshMemberId: `${this.client}-${this.#fresh++}`,
      instanceId: null,
      clientId: this.client,
      clientHost: '/127.0.0.1',
      sessionTimeoutMs: 2_000,
      rebalanceTimeoutMs: 2_000,
      protocolType: 'consumer',
      protocols: [{ name: 'range', metadata: Buffer.from(this.client) }],
      requiresKnownMemberId: true,
      maySkipAssignment: false,
    })
    if (typeof reply !== 'object') return undefined
    if (reply.kind === 'join') {
      this.#id = reply.memberId
      return reply
    }
    if (reply.kind !== 'refused') return undefined
    if (reply.problem === 'member-id-required') this.#id = reply.memberId ?? ''
    if (reply.problem === 'unknown-member') this.#id = ''
    return undefined
  }

  async #sync({ members, generation }: JoinReply): Promise<readonly number[] | undefined> {
    const all = this.world.ids.map(({ partition }) => partition)
    const shares = members.map(({ memberId }, nth) => ({
      memberId,
      assignment: Buffer.from(JSON.stringify(all.filter((partition) => partition % members.length === nth))),
    }))
    const reply = await this.ask({
      kind: 'sync',
      memberId: this.#id,
      instanceId: null,
      generation,
      protocolType: 'consumer',
      protocolName: 'range',
      assignments: shares,
    })
    if (typeof reply !== 'object') return undefined
    if (reply.kind === 'refused' && reply.problem === 'unknown-member') this.#id = ''
    if (reply.kind !== 'sync') return undefined
    const process = coordinator(this.world, this.entropy)
    const asking = this.world.call(process, waitMs, () => process.groups.payloads(simGroup, [reply.assignment]))
    const found = await asking.catch(unheard)
    const bytes = found === lost ? undefined : found?.get(reply.assignment)
    if (bytes === undefined) return undefined
    const partitions: number[] = JSON.parse(Buffer.from(bytes).toString() || '[]')
    this.record.learns(this.#id, generation, partitions)
    return partitions
  }

  async #consume({ generation }: JoinReply, partitions: readonly number[]): Promise<void> {
    this.positions.clear()
    while (this.#steps++ < stepsMax) {
      await this.world.sleep(this.below(heartbeatMs * 2))
      const memberId = this.#id
      const count = this.below(3)
      for (let nth = 0; nth < count; nth++) await this.commit(memberId, generation, partitions)
      // It dies, and comes again as another.
      if (this.below(15) === 0) {
        this.#id = ''
        return
      }
      const reply = await this.ask({ kind: 'heartbeat', memberId, instanceId: null, generation })
      if (typeof reply !== 'object' || reply.kind !== 'refused') continue
      if (reply.problem === 'unknown-member') this.#id = ''
      if (reply.problem === 'not-coordinator' || reply.problem === 'coordinator-not-available') continue
      return
    }
  }
}

class ConsumerMember extends Member {
  readonly #member: ModernClient
  #lives = 0

  constructor(world: World, record: GroupRecord, client: string, entropy: Entropy) {
    super(world, record, client, entropy)
    const beat = () => {
      throw new Error('in a world nothing is answered at once')
    }
    this.#member = new ModernClient({ beat, freshId: () => `${client}-${this.#lives++}` }, [topicName])
    record.clients.push(this.#member)
  }

  async run(): Promise<void> {
    const member = this.#member
    for (let steps = 0; steps < stepsMax * 2; steps++) {
      const said = member.owned
      const reply = await this.#beat(member.next())
      member.hear(typeof reply === 'object' ? reply : 'is lost')
      this.record.takes()
      const partitions = member.owned.flatMap(({ partitions: own }) => own)
      for (const known of this.positions.keys()) if (!partitions.includes(known)) this.positions.delete(known)
      if (member.epoch > 0 && partitions.length > 0 && this.below(2) === 0) {
        await this.commit(member.id, member.epoch, partitions)
      }
      if (this.below(25) === 0) {
        member.die()
        await this.world.sleep(this.below(3_000))
        member.restart()
        // It knows nothing of where it was.
        this.positions.clear()
      }
      const isUrgent = typeof reply === 'object' && (member.owned !== said || member.epoch === 0)
      await this.world.sleep(isUrgent ? 20 : this.below(heartbeatMs * 2))
    }
    const { id, epoch } = member
    member.die()
    if (epoch > 0 && this.below(2) === 0) await this.#beat({ memberId: id, memberEpoch: -1 })
  }

  #beat(fields: ReturnType<ModernClient['next']>) {
    return this.ask({
      kind: 'consumer-heartbeat',
      freshMemberId: 'none',
      memberEpoch: 0,
      instanceId: null,
      clientId: this.client,
      clientHost: '/127.0.0.1',
      rackId: null,
      rebalanceTimeoutMs: -1,
      subscribedTopicNames: null,
      subscribedTopicRegex: null,
      serverAssignor: null,
      topicPartitions: null,
      ...fields,
    })
  }
}

export function groupMember(world: World, record: GroupRecord, client: string, kind: 'classic' | 'consumer') {
  return world.work(client, (entropy) => {
    const member = kind === 'classic' ? ClassicMember : ConsumerMember
    return new member(world, record, client, entropy).run()
  })
}
