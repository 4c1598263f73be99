/** What members of a group ask, as frames: FindCoordinator, JoinGroup and the rest; and what the answers say, as values. */
import type { Entropy } from '../../../lib/base/entropy.ts'
import { topicId } from '../../../lib/base/ids.ts'
import { groupErrorOf } from '../../../lib/broker/group-errors.ts'
import type { ConsumerHeartbeat } from '../../../lib/groups/consumer/consumer-events.ts'
import type { GroupEvent, Join, Leave, Sync } from '../../../lib/groups/group-events.ts'
import type { Committer } from '../../../lib/groups/group-protocol.ts'
import type { GroupProblem, GroupReply } from '../../../lib/groups/group-replies.ts'
import { errorCodes, errorName } from '../../../lib/wire/error-codes.ts'
import { offsetCommitApi } from '../../../lib/wire/schemas/08-offset-commit.ts'
import { offsetFetchApi } from '../../../lib/wire/schemas/09-offset-fetch.ts'
import { findCoordinatorApi } from '../../../lib/wire/schemas/10-find-coordinator.ts'
import { joinGroupApi } from '../../../lib/wire/schemas/11-join-group.ts'
import { heartbeatApi } from '../../../lib/wire/schemas/12-heartbeat.ts'
import { leaveGroupApi } from '../../../lib/wire/schemas/13-leave-group.ts'
import { syncGroupApi } from '../../../lib/wire/schemas/14-sync-group.ts'
import { consumerGroupHeartbeatApi } from '../../../lib/wire/schemas/68-consumer-group-heartbeat.ts'
import { simGroup } from '../group-record.ts'
import type { SimProcess } from '../process.ts'
import { type Lost, lost, stayingTopic, type World } from '../world.ts'
import { Frames } from './frames.ts'

const waitMs = 6_000

/** Those that members are told in a word of their own; all others are «ask again». */
const problems: readonly GroupProblem[] = [
  ...([
    'unknown-member',
    'illegal-generation',
    'rebalance-in-progress',
    'member-id-required',
    'fenced-instance',
  ] as const),
  ...(['fenced-member-epoch', 'stale-member-epoch', 'unreleased-instance', 'coordinator-not-available'] as const),
  ...(['not-coordinator', 'inconsistent-protocol', 'unknown-group', 'group-full'] as const),
]
const problemOf = new Map(problems.map((problem) => [groupErrorOf(problem), problem]))

/** What one partition of a commit is answered; `failed`: nothing was, though somebody has tried. */
export type Committed = 'committed' | 'failed' | string

export class GroupFrames {
  readonly #world: World
  readonly #frames: Frames
  readonly #client: string
  readonly #entropy: Entropy
  /** What came with answers, by names of this client's own. */
  readonly #payloads = new Map<string, Uint8Array>()
  #named = 0

  constructor(world: World, client: string, entropy: Entropy) {
    this.#world = world
    this.#client = client
    this.#entropy = entropy
    this.#frames = new Frames(world, client)
  }

  payload = (name: string): Uint8Array => this.#payloads.get(name) ?? new Uint8Array()

  /** As Kafka's clients: whom any broker names, if that one is there. */
  async #coordinator(): Promise<SimProcess> {
    const asked = this.#world.anyProcess(this.#entropy)
    if (!asked.isGateway) return asked
    const request = { coordinatorKeys: [simGroup] }
    const answered = await this.#frames.ask(asked, findCoordinatorApi, 4, request as never, waitMs)
    const id = answered === lost ? undefined : answered.coordinators[0]?.nodeId
    return this.#world.processes.find(({ brokerId }) => brokerId === id) ?? asked
  }

  async request(event: GroupEvent): Promise<GroupReply | Lost> {
    const process = await this.#coordinator()
    const reply = await this.#asked(process, event)
    this.#world.story.tell(() => `${this.#client} asks ${process.name} (${event.kind}): ${wordsOf(reply)}`, 'group')
    return reply
  }

  #asked(process: SimProcess, event: GroupEvent): Promise<GroupReply | Lost> {
    switch (event.kind) {
      case 'join':
        return this.#join(process, event)
      case 'sync':
        return this.#sync(process, event)
      case 'heartbeat': {
        const { memberId, instanceId: groupInstanceId, generation: generationId } = event
        const request = { groupId: simGroup, memberId, groupInstanceId, generationId }
        const asking = this.#frames.ask(process, heartbeatApi, 4, request, waitMs)
        return asking.then((answered) => this.#replyOf(answered, () => ({ kind: 'heartbeat' })))
      }
      case 'leave':
        return this.#leave(process, event)
      case 'consumer-heartbeat':
        return this.#beat(process, event)
      default:
        throw new Error(`no member asks for ${event.kind}`)
    }
  }

  async #join(process: SimProcess, { instanceId: groupInstanceId, ...event }: Join): Promise<GroupReply | Lost> {
    const { memberId, sessionTimeoutMs, rebalanceTimeoutMs, protocolType } = event
    const protocols = event.protocols.map(({ name, metadata }) => ({ name, metadata: Buffer.from(metadata) }))
    const request = {
      ...{ groupId: simGroup, groupInstanceId, memberId, sessionTimeoutMs, rebalanceTimeoutMs, protocolType },
      ...{ protocols, reason: null },
    }
    const answered = await this.#frames.ask(process, joinGroupApi, 9, request, waitMs)
    return this.#replyOf(answered, ({ generationId: generation, protocolType: type, ...joined }) => ({
      ...{ kind: 'join', generation, protocolType: type ?? '', protocolName: joined.protocolName },
      ...{ leader: joined.leader, memberId: joined.memberId, skipAssignment: joined.skipAssignment },
      members: joined.members.map(({ memberId: id, groupInstanceId: instanceId, metadata }) => ({
        ...{ memberId: id, instanceId, metadata: this.#keep(metadata) },
      })),
    }))
  }

  async #sync(process: SimProcess, event: Sync): Promise<GroupReply | Lost> {
    const { memberId, instanceId: groupInstanceId, generation: generationId, protocolType, protocolName } = event
    const assignments = event.assignments.map(({ memberId: id, assignment }) => ({
      ...{ memberId: id, assignment: Buffer.from(assignment) },
    }))
    const request = {
      ...{ groupId: simGroup, memberId, groupInstanceId, generationId, protocolType, protocolName, assignments },
    }
    const answered = await this.#frames.ask(process, syncGroupApi, 5, request, waitMs)
    return this.#replyOf(answered, (synced) => ({
      ...{ kind: 'sync', protocolType, protocolName, assignment: this.#keep(synced.assignment) },
    }))
  }

  async #leave(process: SimProcess, { members }: Leave): Promise<GroupReply | Lost> {
    const leaving = members.map(({ memberId, instanceId: groupInstanceId }) => ({
      ...{ memberId, groupInstanceId, reason: null },
    }))
    const request = { groupId: simGroup, members: leaving }
    const answered = await this.#frames.ask(process, leaveGroupApi, 5, request, waitMs)
    return this.#replyOf(answered, () => ({ kind: 'leave', members: [] }))
  }

  async #beat(process: SimProcess, beat: ConsumerHeartbeat): Promise<GroupReply | Lost> {
    const { memberId, memberEpoch, instanceId, rackId, rebalanceTimeoutMs, serverAssignor } = beat
    const request = {
      ...{ groupId: simGroup, memberId, memberEpoch, instanceId, rackId, rebalanceTimeoutMs, serverAssignor },
      subscribedTopicNames: beat.subscribedTopicNames && [...beat.subscribedTopicNames],
      subscribedTopicRegex: beat.subscribedTopicRegex,
      topicPartitions: beat.topicPartitions?.map((each) => ({ ...each, partitions: [...each.partitions] })) ?? null,
    }
    const answered = await this.#frames.ask(process, consumerGroupHeartbeatApi, 1, request, waitMs)
    return this.#replyOf(answered, ({ assignment, ...told }) => ({
      ...{ kind: 'consumer-heartbeat', memberId: told.memberId ?? memberId, memberEpoch: told.memberEpoch },
      heartbeatIntervalMs: told.heartbeatIntervalMs,
      isTold: assignment !== null,
      assignment: assignment?.topicPartitions.map((each) => ({ ...each, topicId: topicId(each.topicId) })) ?? [],
    }))
  }

  /** By partition: what it was answered. `lost`: it may yet be done. */
  async commit(
    { memberId, instanceId: groupInstanceId, generation: generationIdOrMemberEpoch }: Committer,
    commits: readonly { readonly partition: number; readonly offset: number; readonly metadata: string }[],
  ): Promise<readonly Committed[] | Lost> {
    const process = await this.#coordinator()
    const partitions = commits.map(({ partition: partitionIndex, offset, metadata: committedMetadata }) => ({
      ...{ partitionIndex, committedOffset: BigInt(offset), committedMetadata },
    }))
    const request = {
      ...{ groupId: simGroup, memberId, groupInstanceId, generationIdOrMemberEpoch },
      topics: [{ name: stayingTopic, partitions }],
    }
    const answered = await this.#frames.ask(process, offsetCommitApi, 9, request as never, waitMs)
    const codes = answered === lost ? [] : (answered.topics[0]?.partitions.map(({ errorCode }) => errorCode) ?? [])
    const outcomes = codes.map((code) => (code === errorCodes.NONE ? 'committed' : (errorName(code) ?? 'failed')))
    this.#world.story.tell(
      () => {
        const what = commits.map(({ partition, offset }) => `${offset} of ${partition}`).join(', ')
        const came = answered === lost ? 'lost' : outcomes.join()
        return `${this.#client} commits ${what} in ${generationIdOrMemberEpoch} by ${process.name}: ${came}`
      },
      commits.map(({ partition }) => `offsets/${partition}`),
    )
    return answered === lost ? lost : outcomes
  }

  /** -1: none; `undefined`: nobody says. */
  async committed(partition: number): Promise<number | undefined> {
    const process = await this.#coordinator()
    const topics = [{ name: stayingTopic, partitionIndexes: [partition] }]
    const request = { groups: [{ groupId: simGroup, topics }] }
    const answered = await this.#frames.ask(process, offsetFetchApi, 8, request as never, waitMs)
    const [group] = answered === lost ? [] : answered.groups
    return group?.errorCode === errorCodes.NONE ? group.topics[0]?.partitions[0]?.committedOffset : undefined
  }

  #replyOf<Answered extends { readonly errorCode: number; readonly memberId?: string | null }>(
    answered: Answered | Lost,
    reply: (answered: Answered) => GroupReply,
  ): GroupReply | Lost {
    if (answered === lost) return lost
    const { errorCode, memberId } = answered
    if (errorCode === errorCodes.NONE) return reply(answered)
    const problem = problemOf.get(errorCode)
    if (problem === undefined) this.#world.history.violation(`${this.#client} is told ${errorName(errorCode)}`, 'group')
    return { kind: 'refused', problem: problem ?? 'coordinator-not-available', memberId: memberId ?? '' }
  }

  #keep(bytes: Uint8Array): string {
    if (bytes.length === 0) return ''
    const name = `${this.#client} ${this.#named++}`
    this.#payloads.set(name, bytes)
    return name
  }
}

function wordsOf(reply: GroupReply | Lost): string {
  if (reply === lost) return 'lost'
  if (reply.kind === 'refused') return reply.problem
  if (reply.kind === 'join') return `generation ${reply.generation} with ${reply.members.length} members`
  return reply.kind === 'consumer-heartbeat' ? `epoch ${reply.memberEpoch}` : reply.kind
}
