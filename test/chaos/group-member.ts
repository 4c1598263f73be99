/**
 * A member of a consumer group (KIP-848): it heartbeats, goes on from what is committed, reads, and commits what it has read.
 * What it sees of a partition must join, and what was committed must never be less than before.
 */
import { randomUUID } from 'node:crypto'
import { iterateBatches, iterateRecords } from '../../lib/records/iterate.ts'
import { errorCodes } from '../../lib/wire/error-codes.ts'
import type { Api, RequestInput, ResponseOf } from '../../lib/wire/schema.ts'
import { fetchApi } from '../../lib/wire/schemas/01-fetch.ts'
import { offsetCommitApi } from '../../lib/wire/schemas/08-offset-commit.ts'
import { offsetFetchApi } from '../../lib/wire/schemas/09-offset-fetch.ts'
import { findCoordinatorApi } from '../../lib/wire/schemas/10-find-coordinator.ts'
import { consumerGroupHeartbeatApi } from '../../lib/wire/schemas/68-consumer-group-heartbeat.ts'
import { ClusterClient, pause } from '../failover/cluster-client.ts'
import { NoAnswer, WireConnection } from '../failover/wire-connection.ts'
import type { Chance } from './chance.ts'
import type { History } from './history.ts'

const requestTimeoutMs = 3_000
const fetchWaitMs = 50
const retryMs = 100
const groupProtocolVersions = { heartbeat: 1, findCoordinator: 3, commit: 9, offsets: 9, fetch: 11 }
/** How often a member leaves and another one takes its place, of its rounds. */
const leaves = 0.005

export interface MemberParts {
  readonly name: string
  readonly bootstrap: readonly string[]
  readonly topic: string
  readonly groupId: string
  readonly chance: Chance
  readonly history: History
}

interface Owned {
  position: number
  committed: number
}

export class GroupMember {
  /** Records that were read, again or not. */
  records = 0
  rejoined = 0
  readonly #parts: MemberParts
  readonly #client: ClusterClient
  readonly #owned = new Map<number, Owned>()
  #coordinator: WireConnection | undefined
  #memberId = ''
  #epoch = 0
  #topicId = ''
  #stopped = false

  constructor(parts: MemberParts) {
    this.#parts = parts
    this.#client = new ClusterClient(parts.bootstrap)
  }

  stop(): void {
    this.#stopped = true
  }

  close(): void {
    this.stop()
    this.#client.close()
    this.#coordinator?.close()
  }

  /** Until it is stopped. Nobody answering is what faults are for; anything else that is thrown is a bug. */
  async run(): Promise<void> {
    await this.#client.refresh(this.#parts.topic)
    while (!this.#stopped) {
      try {
        await this.#round()
      } catch (fault) {
        if (!(fault instanceof NoAnswer)) throw fault
        this.#coordinator?.close()
        await pause(retryMs)
        await this.#client.refresh(this.#parts.topic)
      }
    }
  }

  async #round(): Promise<void> {
    if (!(await this.#heartbeat())) return pause(retryMs)
    await this.#begin()
    await this.#read()
    await this.#commit()
    if (this.#epoch > 0 && this.#parts.chance.happens(leaves)) await this.#leave()
    if (this.#owned.size === 0) await pause(retryMs)
  }

  /** Says everything each time, as members do after whatever went wrong; false: not now. */
  async #heartbeat(): Promise<boolean> {
    const { groupId, topic } = this.#parts
    const mine = { topicId: this.#topicId, partitions: [...this.#owned.keys()] }
    if (this.#memberId === '') this.#memberId = randomUUID()
    const answer = await this.#askCoordinator(consumerGroupHeartbeatApi, groupProtocolVersions.heartbeat, {
      groupId,
      memberId: this.#memberId,
      memberEpoch: this.#epoch,
      rebalanceTimeoutMs: 10_000,
      subscribedTopicNames: [topic],
      topicPartitions: this.#epoch === 0 || mine.partitions.length === 0 ? [] : [mine],
    })
    if (answer.errorCode !== errorCodes.NONE) {
      this.#heed(answer.errorCode)
      return false
    }
    this.#memberId = answer.memberId ?? this.#memberId
    this.#epoch = answer.memberEpoch
    const given = answer.assignment?.topicPartitions ?? []
    if (answer.assignment !== null) {
      const partitions = new Set(given.flatMap((each) => each.partitions))
      this.#topicId = given[0]?.topicId ?? this.#topicId
      for (const partition of this.#owned.keys()) if (!partitions.has(partition)) this.#owned.delete(partition)
      for (const partition of partitions)
        if (!this.#owned.has(partition)) this.#owned.set(partition, { position: -1, committed: -1 })
    }
    return true
  }

  #heed(errorCode: number): void {
    switch (errorCode) {
      case errorCodes.UNKNOWN_MEMBER_ID:
      case errorCodes.FENCED_MEMBER_EPOCH:
      case errorCodes.STALE_MEMBER_EPOCH:
        this.#owned.clear()
        this.#epoch = 0
        this.#memberId = ''
        this.rejoined++
        return
      case errorCodes.NOT_COORDINATOR:
      case errorCodes.COORDINATOR_NOT_AVAILABLE:
      case errorCodes.COORDINATOR_LOAD_IN_PROGRESS:
        this.#coordinator?.close()
        return
      default:
        this.#parts.history.wrong(`${this.#parts.name} was answered ${errorCode} by its coordinator`)
    }
  }

  async #leave(): Promise<void> {
    const { groupId } = this.#parts
    const request = { groupId, memberId: this.#memberId, memberEpoch: -1 }
    this.#owned.clear()
    this.#epoch = 0
    this.#memberId = ''
    await this.#askCoordinator(consumerGroupHeartbeatApi, groupProtocolVersions.heartbeat, request)
  }

  /** Where what is new to it goes on. */
  async #begin(): Promise<void> {
    const fresh = [...this.#owned].filter(([, { position }]) => position < 0).map(([partition]) => partition)
    if (fresh.length === 0) return
    const member = { memberId: this.#memberId, memberEpoch: this.#epoch }
    const found = await this.#committed(fresh, member)
    for (const [partition, offset] of found) {
      const owned = this.#owned.get(partition)
      if (owned) Object.assign(owned, { position: Math.max(offset, 0), committed: Math.max(offset, 0) })
    }
  }

  async #committed(partitions: readonly number[], member?: { memberId: string; memberEpoch: number }) {
    const { groupId, topic, history } = this.#parts
    const before = new Map(partitions.map((partition) => [partition, history.committed(partition)]))
    const answer = await this.#askCoordinator(offsetFetchApi, groupProtocolVersions.offsets, {
      groups: [{ groupId, ...member, topics: [{ name: topic, partitionIndexes: [...partitions] }] }],
    })
    const group = answer.groups[0]
    if (group === undefined || group.errorCode !== errorCodes.NONE) {
      this.#heed(group?.errorCode ?? -1)
      return []
    }
    return (group.topics[0]?.partitions ?? []).flatMap(({ partitionIndex, committedOffset, errorCode }) => {
      if (errorCode !== errorCodes.NONE) return []
      const offset = Number(committedOffset)
      history.sawCommitted(partitionIndex, offset, before.get(partitionIndex) ?? 0)
      return [[partitionIndex, offset] as const]
    })
  }

  /** What the group has committed, whoever asks; `undefined` while nobody answers. */
  async committedOffsets(partitions: readonly number[]): Promise<ReadonlyMap<number, number> | undefined> {
    try {
      const found = await this.#committed(partitions)
      return found.length === partitions.length ? new Map(found) : undefined
    } catch (fault) {
      if (!(fault instanceof NoAnswer)) throw fault
      this.#coordinator?.close()
      await this.#client.refresh(this.#parts.topic)
      return undefined
    }
  }

  async #read(): Promise<void> {
    const ready = [...this.#owned].filter(([, { position }]) => position >= 0)
    await Promise.all(ready.map(([partition, owned]) => this.#readPartition(partition, owned)))
  }

  async #readPartition(partition: number, owned: Owned): Promise<void> {
    const { topic } = this.#parts
    const leader = this.#client.leader(partition)
    const wanted = { partition, fetchOffset: BigInt(owned.position), partitionMaxBytes: 1 << 20 }
    const topics = [{ topic, partitions: [{ ...wanted, currentLeaderEpoch: leader?.epoch ?? -1 }] }]
    const request = { maxWaitMs: fetchWaitMs, minBytes: 1, topics, forgottenTopicsData: [] }
    const version = groupProtocolVersions.fetch
    const answer = await this.#client.ask(leader?.node ?? -1, fetchApi, version, request, requestTimeoutMs)
    const found = answer.responses[0]?.partitions[0]
    if (found?.errorCode !== errorCodes.NONE) throw new NoAnswer(`a fetch was answered ${found?.errorCode}`)
    for (const { bytes } of iterateBatches(found.records ?? Buffer.alloc(0))) {
      for (const { offset } of iterateRecords(bytes)) {
        if (offset < owned.position) continue
        if (offset > owned.position)
          this.#parts.history.wrong(`partition ${partition}: a consumer saw ${offset} where ${owned.position} was next`)
        owned.position = offset + 1
        this.records++
      }
    }
  }

  async #commit(): Promise<void> {
    const { groupId, topic, history } = this.#parts
    const ahead = [...this.#owned].filter(([, { position, committed }]) => position > committed)
    if (ahead.length === 0) return
    const offered = ahead.map(([partition, { position }]) => ({ partition, position }))
    for (const { partition, position } of offered) history.offerCommit(partition, position)
    const partitions = offered.map(({ partition, position }) => ({
      partitionIndex: partition,
      committedOffset: BigInt(position),
      committedMetadata: '',
    }))
    const answer = await this.#askCoordinator(offsetCommitApi, groupProtocolVersions.commit, {
      groupId,
      memberId: this.#memberId,
      generationIdOrMemberEpoch: this.#epoch,
      topics: [{ name: topic, partitions }],
    })
    for (const { partitionIndex, errorCode } of answer.topics[0]?.partitions ?? []) {
      if (errorCode !== errorCodes.NONE) {
        this.#heed(errorCode)
        continue
      }
      const position = offered.find(({ partition }) => partition === partitionIndex)?.position ?? 0
      const owned = this.#owned.get(partitionIndex)
      if (owned) owned.committed = position
      history.commit(partitionIndex, position)
    }
  }

  async #askCoordinator<A extends Api>(api: A, version: number, request: RequestInput<A>): Promise<ResponseOf<A>> {
    const connection = this.#coordinator?.isOpen ? this.#coordinator : await this.#findCoordinator()
    this.#coordinator = connection
    return connection.ask(api, version, request, requestTimeoutMs)
  }

  async #findCoordinator(): Promise<WireConnection> {
    const { bootstrap, groupId } = this.#parts
    for (const address of bootstrap) {
      const asked = connectionTo(address)
      try {
        const request = { key: groupId, coordinatorKeys: [] }
        const found = await asked.ask(
          findCoordinatorApi,
          groupProtocolVersions.findCoordinator,
          request,
          requestTimeoutMs,
        )
        if (found.errorCode === errorCodes.NONE) return connectionTo(`${found.host}:${found.port}`)
      } catch (fault) {
        if (!(fault instanceof NoAnswer)) throw fault
      } finally {
        asked.close()
      }
    }
    throw new NoAnswer('nobody knows the coordinator')
  }
}

function connectionTo(address: string): WireConnection {
  const [host = '', port = ''] = address.split(':')
  return new WireConnection(host, Number(port))
}
