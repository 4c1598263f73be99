/**
 * SyncGroup (14), versions 0 to 5. Waits for the leader's assignments, or as long as the way back can carry: then, as when
 * the group begins anew, REBALANCE_IN_PROGRESS, upon which members join again and are answered at once.
 */
import { errorCodes } from '../../wire/error-codes.ts'
import type { ResponseInput } from '../../wire/schema.ts'
import { syncGroupApi } from '../../wire/schemas/14-sync-group.ts'
import { groupErrorOf, groupFaultOf } from '../group-errors.ts'
import { handler } from '../handler.ts'

type SyncGroupResponse = ResponseInput<typeof syncGroupApi>

const protocolVersionMin = 5

export const syncGroup = handler<typeof syncGroupApi>({
  api: syncGroupApi,
  minVersion: 0,
  maxVersion: 5,
  async handle({ groups }, request, context) {
    const { groupId, memberId, groupInstanceId: instanceId, generationId: generation, assignments } = request
    const { protocolType, protocolName } = request
    // KIP-559: from version 5 on both are to be said.
    if (context.version >= protocolVersionMin && (protocolType === null || protocolName === null)) {
      return refused(errorCodes.INCONSISTENT_GROUP_PROTOCOL)
    }
    const event = { kind: 'sync', memberId, instanceId, generation, protocolType, protocolName, assignments } as const
    const reply = await groups.request(groupId, event, context)
    if (reply === 'out-of-time') return refused(errorCodes.REBALANCE_IN_PROGRESS)
    if (reply.kind === 'refused') return refused(groupErrorOf(reply.problem))
    if (reply.kind !== 'sync') return refused(errorCodes.UNKNOWN_SERVER_ERROR)
    const found = await groups.payloads(groupId, [reply.assignment])
    if (found === undefined) return refused(errorCodes.REBALANCE_IN_PROGRESS)
    return {
      errorCode: errorCodes.NONE,
      protocolType: reply.protocolType,
      protocolName: reply.protocolName,
      assignment: Buffer.from(found.get(reply.assignment) ?? []),
    }
  },
  failed: (_request, errorCode) => refused(groupFaultOf(errorCode)),
})

const refused = (errorCode: number): SyncGroupResponse => ({ errorCode, assignment: Buffer.alloc(0) })
