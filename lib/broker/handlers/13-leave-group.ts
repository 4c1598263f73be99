/** LeaveGroup (13), versions 0 to 5. From 3 on many members at once, by their ids or, for operators, by instance ids. */
import type { LeaveReply } from '../../groups/group-replies.ts'
import { errorCodes } from '../../wire/error-codes.ts'
import type { RequestOf, ResponseInput } from '../../wire/schema.ts'
import { leaveGroupApi } from '../../wire/schemas/13-leave-group.ts'
import { groupErrorOf, groupFaultOf } from '../group-errors.ts'
import { handler, type RequestContext } from '../handler.ts'

type LeaveGroupRequest = RequestOf<typeof leaveGroupApi>
type LeaveGroupResponse = ResponseInput<typeof leaveGroupApi>

const listVersionMin = 3

export const leaveGroup = handler<typeof leaveGroupApi>({
  api: leaveGroupApi,
  minVersion: 0,
  maxVersion: 5,
  async handle({ groups }, request, context) {
    const reply = await groups.request(request.groupId, { kind: 'leave', members: leaving(request, context) }, context)
    if (reply === 'out-of-time') return refused(errorCodes.COORDINATOR_NOT_AVAILABLE)
    if (reply.kind === 'refused') return refused(groupErrorOf(reply.problem))
    return reply.kind === 'leave' ? answer(reply, context) : refused(errorCodes.UNKNOWN_SERVER_ERROR)
  },
  failed: (_request, errorCode) => refused(groupFaultOf(errorCode)),
})

function leaving({ memberId, members }: LeaveGroupRequest, { version }: RequestContext) {
  if (version < listVersionMin) return [{ memberId, instanceId: null }]
  return members.map((member) => ({ memberId: member.memberId, instanceId: member.groupInstanceId }))
}

function answer({ members }: LeaveReply, { version }: RequestContext): LeaveGroupResponse {
  const answered = members.map(({ memberId, instanceId, problem }) => ({
    memberId,
    groupInstanceId: instanceId,
    errorCode: problem === null ? errorCodes.NONE : groupErrorOf(problem),
  }))
  if (version >= listVersionMin) return { errorCode: errorCodes.NONE, members: answered }
  return { errorCode: answered[0]?.errorCode ?? errorCodes.NONE, members: [] }
}

const refused = (errorCode: number): LeaveGroupResponse => ({ errorCode, members: [] })
