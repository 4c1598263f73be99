/** Heartbeat (12), versions 0 to 4: a member is alive, and hears whether it is to join again. Never a write of its own. */
import { errorCodes } from '../../wire/error-codes.ts'
import { heartbeatApi } from '../../wire/schemas/12-heartbeat.ts'
import { groupErrorOf, groupFaultOf } from '../group-errors.ts'
import { handler } from '../handler.ts'

export const heartbeat = handler<typeof heartbeatApi>({
  api: heartbeatApi,
  minVersion: 0,
  maxVersion: 4,
  async handle({ groups }, { groupId, memberId, groupInstanceId: instanceId, generationId: generation }, context) {
    const reply = await groups.request(groupId, { kind: 'heartbeat', memberId, instanceId, generation }, context)
    if (reply === 'out-of-time') return { errorCode: errorCodes.COORDINATOR_NOT_AVAILABLE }
    return { errorCode: reply.kind === 'refused' ? groupErrorOf(reply.problem) : errorCodes.NONE }
  },
  failed: (_request, errorCode) => ({ errorCode: groupFaultOf(errorCode) }),
})
