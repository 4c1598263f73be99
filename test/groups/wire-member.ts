/** A member of a classic group as frames: joins, assigns ranges when it leads, beats until it is told to stop. */

import { decodeAssignment, encodeAssignment, encodeSubscription } from '../../lib/wire/consumer-protocol.ts'
import { errorCodes } from '../../lib/wire/error-codes.ts'
import type { Api, RequestInput, ResponseOf } from '../../lib/wire/schema.ts'
import { joinGroupApi } from '../../lib/wire/schemas/11-join-group.ts'
import { heartbeatApi } from '../../lib/wire/schemas/12-heartbeat.ts'
import { syncGroupApi } from '../../lib/wire/schemas/14-sync-group.ts'

export type Call = <A extends Api>(api: A, version: number, request: RequestInput<A>) => Promise<ResponseOf<A>>

export interface WireGroup {
  readonly groupId: string
  readonly topic: string
  readonly partitions: number
  readonly sessionTimeoutMs?: number
}

export class WireMember {
  memberId = ''
  generation = -1
  partitions: readonly number[] = []
  readonly #call: Call
  readonly #group: WireGroup

  constructor(call: Call, group: WireGroup) {
    this.#call = call
    this.#group = group
  }

  /** Joins and syncs, again and again, until it has an assignment. */
  async settle(): Promise<void> {
    while (!(await this.#sync(await this.#join())));
  }

  /** `false`: it must settle again. */
  async beat(): Promise<boolean> {
    const { groupId } = this.#group
    const { memberId, generation: generationId } = this
    const { errorCode } = await this.#call(heartbeatApi, 4, { groupId, memberId, generationId, groupInstanceId: null })
    return errorCode === errorCodes.NONE
  }

  async #join(): Promise<ResponseOf<typeof joinGroupApi>> {
    const { groupId, topic, sessionTimeoutMs = 30_000 } = this.#group
    for (;;) {
      const joined = await this.#call(joinGroupApi, 9, {
        groupId,
        sessionTimeoutMs,
        rebalanceTimeoutMs: 60_000,
        memberId: this.memberId,
        groupInstanceId: null,
        protocolType: 'consumer',
        protocols: [{ name: 'range', metadata: encodeSubscription(1, { topics: [topic], ownedPartitions: [] }) }],
        reason: null,
      })
      this.memberId = joined.memberId
      if (joined.errorCode === errorCodes.NONE) return joined
      if (joined.errorCode !== errorCodes.MEMBER_ID_REQUIRED) throw new Error(`JoinGroup: ${joined.errorCode}`)
    }
  }

  async #sync(joined: ResponseOf<typeof joinGroupApi>): Promise<boolean> {
    const { groupId, topic, partitions } = this.#group
    const assignments = joined.members.map(({ memberId }, index) => {
      const own = Array.from({ length: partitions }, (_, at) => at).filter((at) => at % joined.members.length === index)
      const assignment = encodeAssignment(1, { assignedPartitions: [{ topic, partitions: own }] })
      return { memberId, assignment }
    })
    const synced = await this.#call(syncGroupApi, 5, {
      groupId,
      generationId: joined.generationId,
      memberId: this.memberId,
      groupInstanceId: null,
      protocolType: 'consumer',
      protocolName: joined.protocolName,
      assignments,
    })
    if (synced.errorCode === errorCodes.REBALANCE_IN_PROGRESS) return false
    if (synced.errorCode !== errorCodes.NONE) throw new Error(`SyncGroup: ${synced.errorCode}`)
    this.generation = joined.generationId
    const assigned = decodeAssignment(Buffer.from(synced.assignment)).message.assignedPartitions
    this.partitions = assigned.flatMap((each) => each.partitions)
    return true
  }
}
