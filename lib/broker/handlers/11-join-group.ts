/**
 * JoinGroup (11), versions 0 to 9. Waits until the group's generation is made, or as long as the way back can carry: a
 * member whose wait runs out over HTTPS is told REBALANCE_IN_PROGRESS, upon which clients join again under the id they
 * have; it has its place meanwhile.
 */
import { errorCodes } from '../../wire/error-codes.ts'
import type { RequestOf, ResponseInput } from '../../wire/schema.ts'
import { joinGroupApi } from '../../wire/schemas/11-join-group.ts'
import { groupErrorOf, groupFaultOf } from '../group-errors.ts'
import { handler, type RequestContext } from '../handler.ts'
import { clientOf, freshMemberId } from '../member-identity.ts'
import type { BrokerServices } from '../services.ts'

type JoinGroupRequest = RequestOf<typeof joinGroupApi>
type JoinGroupResponse = ResponseInput<typeof joinGroupApi>

const knownMemberIdVersionMin = 4
const skipAssignmentVersionMin = 9

export const joinGroup = handler<typeof joinGroupApi>({
  api: joinGroupApi,
  minVersion: 0,
  maxVersion: 9,
  async handle(services, request, context) {
    const { groupId } = request
    const reply = await services.groups.request(groupId, eventOf(services, request, context), context)
    if (reply === 'out-of-time') return refused(context, errorCodes.REBALANCE_IN_PROGRESS, request.memberId)
    if (reply.kind === 'refused') return refused(context, groupErrorOf(reply.problem), reply.memberId ?? '')
    if (reply.kind !== 'join') return refused(context, errorCodes.UNKNOWN_SERVER_ERROR, request.memberId)
    const found = await services.groups.payloads(
      groupId,
      reply.members.map((member) => member.metadata),
    )
    // The group has gone on while its answer was made.
    if (found === undefined) return refused(context, errorCodes.REBALANCE_IN_PROGRESS, reply.memberId)
    const { generation, protocolType, protocolName, leader, memberId, skipAssignment } = reply
    return {
      errorCode: errorCodes.NONE,
      generationId: generation,
      ...{ protocolType, protocolName, leader, memberId, skipAssignment },
      members: reply.members.map((member) => ({
        memberId: member.memberId,
        groupInstanceId: member.instanceId,
        metadata: Buffer.from(found.get(member.metadata) ?? []),
      })),
    }
  },
  failed: ({ memberId }, errorCode, context) => refused(context, groupFaultOf(errorCode), memberId),
})

function eventOf({ entropy }: BrokerServices, request: JoinGroupRequest, context: RequestContext) {
  const { memberId, groupInstanceId: instanceId, sessionTimeoutMs, rebalanceTimeoutMs, protocolType } = request
  return {
    kind: 'join',
    memberId,
    freshMemberId: freshMemberId(entropy, context, instanceId),
    instanceId,
    ...clientOf(context),
    sessionTimeoutMs,
    // Version 0 has none.
    rebalanceTimeoutMs: rebalanceTimeoutMs < 0 ? sessionTimeoutMs : rebalanceTimeoutMs,
    protocolType,
    protocols: request.protocols,
    requiresKnownMemberId: context.version >= knownMemberIdVersionMin,
    maySkipAssignment: context.version >= skipAssignmentVersionMin,
  } as const
}

const refused = ({ version }: RequestContext, errorCode: number, memberId: string): JoinGroupResponse => ({
  errorCode,
  generationId: -1,
  protocolType: null,
  protocolName: version >= 7 ? null : '',
  leader: '',
  memberId,
  members: [],
})
