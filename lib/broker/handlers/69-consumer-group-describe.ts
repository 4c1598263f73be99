/**
 * ConsumerGroupDescribe (69), versions 0 and 1: KIP-848 groups with their members, what these have and shall have. A classic
 * group is not found here, as in Kafka; tools then ask DescribeGroups.
 */
import { inParallel } from '../../base/in-parallel.ts'
import { groupsPerRequestAtOnceMax } from '../../base/limits.ts'
import {
  describeConsumerGroup,
  type MemberDescription,
  type NamedAssignment,
} from '../../groups/consumer/description.ts'
import { errorCodes } from '../../wire/error-codes.ts'
import type { ResponseInput } from '../../wire/schema.ts'
import { consumerGroupDescribeApi } from '../../wire/schemas/69-consumer-group-describe.ts'
import { groupOperations } from '../authorized-operations.ts'
import { groupErrorOf, groupFaultOf } from '../group-errors.ts'
import { handler } from '../handler.ts'
import type { BrokerServices } from '../services.ts'

type DescribedGroup = NonNullable<ResponseInput<typeof consumerGroupDescribeApi>['groups']>[number]

const notAsked = -2_147_483_648

export const consumerGroupDescribe = handler<typeof consumerGroupDescribeApi>({
  api: consumerGroupDescribeApi,
  minVersion: 0,
  maxVersion: 1,
  async handle(services, { groupIds, includeAuthorizedOperations }) {
    const authorizedOperations = includeAuthorizedOperations ? groupOperations : notAsked
    const groups = await inParallel(groupIds, groupsPerRequestAtOnceMax, async (groupId) => {
      const described = await describe(services, groupId)
      return described.errorCode === errorCodes.NONE ? { ...described, authorizedOperations } : described
    })
    return { throttleTimeMs: 0, groups }
  },
  failed: ({ groupIds }, errorCode) => ({
    throttleTimeMs: 0,
    groups: groupIds.map((groupId) => undescribed(groupId, groupFaultOf(errorCode), null)),
  }),
})

async function describe({ groups }: BrokerServices, groupId: string): Promise<DescribedGroup> {
  const refusal = groups.coordinator.refusal(groupId)
  if (refusal !== undefined) return undescribed(groupId, groupErrorOf(refusal.problem), refusal.message ?? null)
  const view = await groups.administration.view(groupId)
  if (view?.state?.kind !== 'consumer') {
    const why = view === undefined ? `Group ${groupId} not found.` : `Group ${groupId} is not a consumer group.`
    return undescribed(groupId, errorCodes.GROUP_ID_NOT_FOUND, why)
  }
  const described = describeConsumerGroup(view.state, groups.coordinator.settings(groupId))
  return {
    errorCode: errorCodes.NONE,
    groupId,
    groupState: described.stateName,
    groupEpoch: described.groupEpoch,
    assignmentEpoch: described.assignmentEpoch,
    assignorName: described.assignorName,
    members: described.members.map(memberOf),
  }
}

function memberOf({ member, assigned, target }: MemberDescription) {
  return {
    memberId: member.id,
    instanceId: member.instanceId,
    rackId: member.rackId,
    memberEpoch: member.epoch,
    clientId: member.clientId,
    clientHost: member.clientHost,
    subscribedTopicNames: [...member.topicNames],
    subscribedTopicRegex: member.topicRegex,
    assignment: { topicPartitions: assigned.map(partitionsOf) },
    targetAssignment: { topicPartitions: target.map(partitionsOf) },
    memberType: member.classic === null ? consumerMemberType : classicMemberType,
  }
}

const classicMemberType = 0
const consumerMemberType = 1

const partitionsOf = ({ topic, partitions }: NamedAssignment) => ({
  topicId: topic.id,
  topicName: topic.name,
  partitions: [...partitions],
})

const undescribed = (groupId: string, errorCode: number, errorMessage: string | null): DescribedGroup => ({
  errorCode,
  errorMessage,
  groupId,
  groupState: '',
  groupEpoch: 0,
  assignmentEpoch: 0,
  assignorName: '',
  members: [],
})
