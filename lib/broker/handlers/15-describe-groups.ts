/**
 * DescribeGroups (15), versions 0 to 6: groups of the classic protocol and who is in them. A group that is not there, or is
 * one of the consumer protocol, is Dead, and from version 6 on GROUP_ID_NOT_FOUND (KIP-1043). What members bring and have is
 * shown of a stable group only, as in Kafka.
 */
import { inParallel } from '../../base/in-parallel.ts'
import { groupsPerRequestAtOnceMax } from '../../base/limits.ts'
import type { ClassicGroup } from '../../groups/classic/classic-state.ts'
import { metadataFor } from '../../groups/classic/classic-votes.ts'
import { errorCodes } from '../../wire/error-codes.ts'
import type { RequestOf, ResponseInput } from '../../wire/schema.ts'
import { describeGroupsApi } from '../../wire/schemas/15-describe-groups.ts'
import { groupOperations } from '../authorized-operations.ts'
import { groupErrorOf, groupFaultOf } from '../group-errors.ts'
import { handler, type RequestContext } from '../handler.ts'
import type { BrokerServices } from '../services.ts'

type DescribeGroupsRequest = RequestOf<typeof describeGroupsApi>
type DescribedGroup = ResponseInput<typeof describeGroupsApi>['groups'][number]

const notFoundVersionMin = 6

export const describeGroups = handler<typeof describeGroupsApi>({
  api: describeGroupsApi,
  minVersion: 0,
  maxVersion: 6,
  handle: async (services, request, context) => ({
    groups: await inParallel(request.groups, groupsPerRequestAtOnceMax, (group) =>
      describe(services, request, context, group),
    ),
  }),
  failed: ({ groups }, errorCode) => ({ groups: groups.map((group) => refused(group, groupFaultOf(errorCode))) }),
})

async function describe(
  services: BrokerServices,
  request: DescribeGroupsRequest,
  { version }: RequestContext,
  groupId: string,
): Promise<DescribedGroup> {
  const { groups } = services
  const refusal = groups.coordinator.refusal(groupId)
  // As in Kafka, a group that there cannot be is one that there is not.
  if (refusal !== undefined && refusal.problem !== 'invalid-group') {
    return refused(groupId, groupErrorOf(refusal.problem))
  }
  const isShown = request.includeAuthorizedOperations && version >= 3
  const authorized = isShown ? { authorizedOperations: groupOperations } : {}
  const view = await groups.administration.view(groupId)
  if (view === undefined || view.kind !== 'classic') {
    const message = view === undefined ? `Group ${groupId} not found.` : `Group ${groupId} is not a classic group.`
    const dead = { ...refused(groupId, errorCodes.NONE), groupState: 'Dead' }
    if (version < notFoundVersionMin) return { ...dead, ...authorized }
    return { ...dead, errorCode: errorCodes.GROUP_ID_NOT_FOUND, errorMessage: message }
  }
  return {
    errorCode: errorCodes.NONE,
    groupId,
    groupState: view.stateName,
    protocolType: view.protocolType,
    ...(view.state?.kind === 'classic'
      ? await membersOf(services, groupId, view.state)
      : { protocolData: '', members: [] }),
    ...authorized,
  }
}

async function membersOf({ groups }: BrokerServices, groupId: string, state: ClassicGroup) {
  const isStable = state.phase === 'stable'
  const refs = state.members.flatMap((member) => [metadataFor(member, state.protocolName), member.assignment])
  const found = isStable ? await groups.payloads(groupId, refs) : undefined
  const bytesOf = (ref: string) => Buffer.from(found?.get(ref) ?? [])
  return {
    protocolData: isStable ? (state.protocolName ?? '') : '',
    members: state.members.map((member) => ({
      memberId: member.id,
      groupInstanceId: member.instanceId,
      clientId: member.clientId,
      clientHost: member.clientHost,
      memberMetadata: bytesOf(metadataFor(member, state.protocolName)),
      memberAssignment: bytesOf(member.assignment),
    })),
  }
}

const refused = (groupId: string, errorCode: number): DescribedGroup => ({
  errorCode,
  groupId,
  groupState: '',
  protocolType: '',
  protocolData: '',
  members: [],
})
